import { createRequire } from "node:module";
import { join } from "node:path";
import { shortText } from "./short-text.ts";
import type { MimeBundle } from "../../../widgets/mime-bundle.ts";

interface ReactElement {
  type: unknown;
  props: Record<string, unknown>;
}

/** The folder at start: that of the notebook, wherever the cells go later. */
const fromNotebook = createRequire(join(process.cwd(), "notebook.ts"));
const kinds = new Set([Symbol.for("react.element"), Symbol.for("react.transitional.element")]);

export function isReactElement(value: object): boolean {
  return kinds.has(Object.getOwnPropertyDescriptor(value, "$$typeof")?.value as symbol);
}

/** An element as HTML through the `react-dom` that is installed beside the notebook; where there is none, as text with a hint. */
export function showReactElement(value: object): MimeBundle {
  const text = elementText(value as ReactElement);
  let path: string;
  try {
    path = fromNotebook.resolve("react-dom/server");
  } catch {
    return { data: { "text/plain": `${text}\n\n%npm install react-dom shows elements as HTML.` }, metadata: {} };
  }
  const { renderToStaticMarkup } = fromNotebook(path) as { renderToStaticMarkup(element: unknown): string };
  return { data: { "text/html": renderToStaticMarkup(value), "text/plain": text }, metadata: {} };
}

/** As it stands in a cell, the outermost levels of it. */
function elementText(value: unknown, depth = 0): string {
  if (typeof value !== "object" || value === null || !isReactElement(value)) {
    return typeof value === "string"
      ? value.slice(0, 200)
      : typeof value === "number"
        ? String(value)
        : `{${shortText(value, 60)}}`;
  }
  const { type, props } = value as ReactElement;
  const name =
    typeof type === "string"
      ? type
      : typeof type === "symbol"
        ? ""
        : String((type as { name?: string } | null)?.name ?? "Component");
  const { children, ...rest } = props;
  const attributes = Object.entries(rest).map(
    ([key, each]) => ` ${key}=${typeof each === "string" ? JSON.stringify(each) : `{${shortText(each, 40)}}`}`,
  );
  const inner = [children]
    .flat()
    .filter((child) => child !== undefined && child !== null && typeof child !== "boolean")
    .slice(0, 50);
  const body = depth < 4 ? inner.map((child) => elementText(child, depth + 1)).join("") : inner.length > 0 ? "…" : "";
  return body === "" ? `<${name}${attributes.join("")} />` : `<${name}${attributes.join("")}>${body}</${name}>`;
}
