import { marked } from "marked";
import { harmlessText } from "./harmless-text.ts";
import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import { sanitize } from "../../widgets/sanitize-html.ts";

const longest = 64 << 20;
/** Types that a front end shows without running anything in them. */
const shown =
  /^(?:text\/(?:plain|latex)|image\/(?:png|jpeg|gif|webp)|application\/(?:json|geo\+json|vnd\.plotly\.v1\+json))$/;
/** Types that are ours alone: only what was drawn here may have them. */
const ours = /^application\/vnd\.fused\.[\w.-]+\+json$/;
const embedded = /^data:image\/(?:png|jpeg|gif|webp);base64,[\w+/=\s]*$/;

/**
 * What of a bundle a front end may get from a notebook that nobody trusts. A front end runs scripts in the outputs of cells
 * that were just run, with the user's rights: so HTML comes without anything that runs or loads, Markdown and SVG become
 * such HTML, and types that are programs are left out.
 * @param isDrawnHere whether the bundle is a widget's of ours, not the notebook's own
 */
export function safeBundle({ data, metadata }: MimeBundle, isDrawnHere: boolean): MimeBundle {
  const safe: Record<string, unknown> = {};
  const html: string[] = [];
  for (const [type, value] of Object.entries(data)) {
    if (type === "text/html" || type === "image/svg+xml") html.push(safeHtml(asText(value)));
    else if (type === "text/markdown") {
      const source = asText(value);
      html.push(safeHtml(marked.parse(source, { async: false })));
      safe["text/plain"] ??= harmlessText(source);
    } else if (type === "text/plain" || type === "text/latex") safe[type] = harmlessText(asText(value));
    else if (shown.test(type) || (isDrawnHere && ours.test(type))) safe[type] = plain(value);
  }
  if (html.length > 0) safe["text/html"] = html.join("\n");
  const left = Object.keys(data).filter(
    (type) => !(type in safe) && type !== "text/markdown" && type !== "image/svg+xml",
  );
  if (left.length > 0 && safe["text/plain"] === undefined) {
    safe["text/plain"] = `(a sandboxed notebook does not show ${left.map((type) => type.slice(0, 80)).join(", ")})`;
  }
  return { data: safe, metadata: record(plain(metadata)) };
}

const safeHtml = (html: string): string => sanitize(html, (address) => (embedded.test(address) ? address : undefined));

function asText(value: unknown): string {
  if (typeof value === "string") return value.slice(0, longest);
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("").slice(0, longest);
  return JSON.stringify(plain(value)) ?? "";
}

/** A copy that is JSON and nothing else. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined || text.length > longest) return null;
  return JSON.parse(text);
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
