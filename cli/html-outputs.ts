import { ansiLines } from "./html-ansi.ts";
import { escapeHtml } from "../fused/html-text.ts";
import { highlight } from "./html-highlight.ts";
import { dataUri } from "./html-images.ts";
import { chartCollector, drawableFigure } from "./html-plotly.ts";
import { sanitize } from "../widgets/sanitize-html.ts";
import type { EmbedImage } from "../widgets/sanitize-html.ts";
import type { widgetCollector } from "./html-widgets.ts";
import type { Output } from "./notebook-format.ts";

/** Lines of a text output that show at once; the others unfold. */
const shownLines = 30;

const plotlyType = "application/vnd.plotly.v1+json";

export interface OutputPage {
  charts: ReturnType<typeof chartCollector>;
  widgets: ReturnType<typeof widgetCollector>;
  markdown(source: string, embed: EmbedImage): string;
}

/** One output of a cell as HTML: of a mime bundle, the richest form that works without a kernel and a network. */
export function outputHtml(output: Output, page: OutputPage): string {
  switch (output.output_type) {
    case "stream":
      return textBlock(ansiLines(output.text.replace(/\n$/, "")), `stream ${output.name === "stderr" ? "stderr" : ""}`);
    case "error": {
      const text = output.traceback.join("\n") || `${output.ename}: ${output.evalue}`;
      return `<div class="output error"><pre>${ansiLines(text).join("\n")}</pre></div>`;
    }
    default: {
      const number = output.output_type === "execute_result" ? output.execution_count : null;
      const label = number === null ? "" : `<div class="count">[${number}]</div>`;
      return `<div class="result">${label}${bundleHtml(output.data, output.metadata, page)}</div>`;
    }
  }
}

function bundleHtml(data: Record<string, unknown>, metadata: Record<string, unknown>, page: OutputPage): string {
  const figure = drawableFigure(data[plotlyType]);
  if (figure) {
    const still = ["image/svg+xml", "image/png"].find((type) => typeof data[type] === "string");
    const fallback = still ? `<noscript>${imageHtml(still, data[still] as string, {})}</noscript>` : "";
    return `<div class="output">${page.charts.add(figure)}${fallback}</div>`;
  }
  const live = page.widgets.add(data);
  if (live !== undefined) return `<div class="output">${live}</div>`;
  const html = asText(data["text/html"]);
  if (html !== undefined) {
    // What our own widgets send beside their own type is a figure, and a loader that needs a live kernel.
    const isFigure = Object.keys(data).some((type) => type.startsWith("application/vnd.fused."));
    const runs = !isFigure && /<script\b/i.test(html);
    return `<div class="output rich">${runs ? frame(html) : sanitize(html, keepData)}</div>`;
  }
  for (const type of ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"]) {
    const image = asText(data[type]);
    if (image === undefined) continue;
    const size = (metadata[type] ?? {}) as { width?: number; height?: number };
    return `<div class="output">${imageHtml(type, image, size, asText(data["text/plain"]))}</div>`;
  }
  const markdown = asText(data["text/markdown"]);
  if (markdown !== undefined) return `<div class="output prose">${page.markdown(markdown, keepData)}</div>`;
  const latex = asText(data["text/latex"]);
  if (latex !== undefined) return `<div class="output"><pre class="math">${escapeHtml(latex)}</pre></div>`;
  const plain = asText(data["text/plain"]);
  const json = ["application/json", "application/geo+json"].find((type) => data[type] !== undefined);
  if (json !== undefined) {
    return textBlock(highlight(JSON.stringify(data[json], null, 2), "json").split("\n"), "json");
  }
  if (plain !== undefined) return textBlock(ansiLines(plain), "");
  const types = Object.keys(data).join(", ");
  return types
    ? `<div class="output note">An output of type ${escapeHtml(types)}, which needs a notebook to show.</div>`
    : "";
}

function textBlock(lines: string[], kind: string): string {
  if (lines.length <= shownLines + 5) return `<div class="output ${kind}"><pre>${lines.join("\n")}</pre></div>`;
  const more = lines.length - shownLines;
  return (
    `<div class="output ${kind}"><pre>${lines.slice(0, shownLines).join("\n")}</pre>` +
    `<details><summary>${more.toLocaleString("en")} more lines</summary>` +
    `<pre>${lines.slice(shownLines).join("\n")}</pre></details></div>`
  );
}

function imageHtml(
  type: string,
  data: string,
  { width, height }: { width?: number; height?: number },
  alt: string = "output",
): string {
  const size = [width && ` width="${Number(width)}"`, height && ` height="${Number(height)}"`].filter(Boolean).join("");
  return `<img src="${escapeHtml(dataUri(type, data))}" alt="${escapeHtml(alt.slice(0, 300))}"${size}>`;
}

/** HTML with scripts of its own: in a frame that can neither reach this page nor the network. */
function frame(html: string): string {
  const report =
    "<script>new ResizeObserver(() => parent.postMessage({ frameHeight: document.documentElement.scrollHeight }, '*'))" +
    ".observe(document.documentElement)</script>";
  const style = "<style>body{margin:0;font:14px system-ui,sans-serif;background:#fff;color:#222}</style>";
  const page = `<!doctype html><meta charset="utf-8">${style}${html}${report}`;
  return `<iframe sandbox="allow-scripts" srcdoc="${escapeHtml(page)}" title="output with scripts"></iframe>`;
}

function keepData(address: string): string | undefined {
  return /^data:image\//i.test(address) ? address : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
