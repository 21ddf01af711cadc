import { escapeHtml } from "../fused/html-text.ts";
import { highlightCell } from "./html-highlight.ts";
import { imageEmbedder } from "./html-images.ts";
import { markdownRenderer } from "./html-markdown.ts";
import type { Heading } from "./html-markdown.ts";
import { outputHtml } from "./html-outputs.ts";
import type { OutputPage } from "./html-outputs.ts";
import { chartCollector } from "./html-plotly.ts";
import { widgetCollector } from "./html-widgets.ts";
import { pageScript, pageStyle } from "./html-style.ts";
import type { KeptWidget } from "../widgets/front/kept-widgets.ts";
import type { Cell, CodeCell, Notebook } from "./notebook-format.ts";

export interface PageOptions {
  /** The notebook's file name without its ending: the title where the notebook has none. */
  name: string;
  /** Folder against which the notebook's relative images are found. */
  folder: string;
  /** What the page has of live displays, in place of a kernel. */
  widgets?: KeptWidget[];
}

/** Forbids every request: what the page needs is in it. */
const policy = [
  "default-src 'none'",
  "img-src data: blob:",
  "media-src data:",
  "font-src data:",
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline'",
].join("; ");

/** A notebook with its outputs as one HTML page that needs nothing else: no network, no kernel, no other file. */
export async function notebookHtml(notebook: Notebook, { name, folder, widgets = [] }: PageOptions): Promise<string> {
  const { headings, render } = markdownRenderer();
  const page: OutputPage = {
    charts: chartCollector(),
    widgets: widgetCollector(widgets),
    markdown: markdownRenderer().render,
  };
  const language = notebook.metadata.kernelspec?.language ?? notebook.metadata.language_info?.name ?? "typescript";
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === "code") return codeCellHtml(cell, language, page);
    return cell.cell_type === "markdown" ? textCellHtml(cell, folder, render) : "";
  });
  const first = headings.find(({ level }) => level === 1);
  const title = notebook.metadata.title ?? (first ? plain(first.text) : name);
  const header = first ? "" : `<header><h1>${escapeHtml(String(title))}</h1></header>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="fused-kernel">
<title>${escapeHtml(String(title))}</title>
<style>${pageStyle}</style>
</head>
<body>
<button id="theme" type="button" title="Light or dark" aria-label="Switch between light and dark">◐</button>
<div class="page">
${contentsHtml(headings)}
<main>
${header}${cells.filter(Boolean).join("\n")}
<footer>${escapeHtml(describeRun(notebook, name))}</footer>
</main>
</div>
<script>${pageScript}</script>
${page.charts.library()}
${page.widgets.library()}
</body>
</html>
`;
}

function textCellHtml(
  cell: Exclude<Cell, CodeCell>,
  folder: string,
  render: ReturnType<typeof markdownRenderer>["render"],
): string {
  return `<section class="cell prose">${render(cell.source, imageEmbedder(folder, cell.attachments))}</section>`;
}

function codeCellHtml(cell: CodeCell, language: string, page: OutputPage): string {
  if (cell.source.trim() === "" && cell.outputs.length === 0) return "";
  const failed = cell.outputs.some(({ output_type }) => output_type === "error");
  const hidden = (cell.metadata.jupyter ?? {}) as { source_hidden?: boolean; outputs_hidden?: boolean };
  const count = `<div class="count" aria-label="Execution count">[${cell.execution_count ?? " "}]</div>`;
  const code = `<pre class="code"><code>${highlightCell(cell.source, language)}</code></pre>`;
  const outputs = cell.outputs.map((output) => outputHtml(output, page)).join("\n");
  return (
    `<section class="cell${failed ? " failed" : ""}">${count}` +
    `<div class="input">${hidden.source_hidden ? folded("Code", code) : code}</div>` +
    (outputs ? `<div class="outputs">${hidden.outputs_hidden ? folded("Output", outputs) : outputs}</div>` : "") +
    `</section>`
  );
}

function folded(title: string, html: string): string {
  return `<details><summary>${title}</summary>${html}</details>`;
}

function contentsHtml(headings: Heading[]): string {
  const listed = headings.filter(({ level }) => level <= 3);
  if (listed.length < 3) return "";
  const top = Math.min(...listed.map(({ level }) => level));
  const items = listed.map(
    ({ level, id, text }) => `<li class="level-${level - top}"><a href="#${id}">${text}</a></li>`,
  );
  return `<nav aria-label="Contents"><details open><summary>Contents</summary><ol>${items.join("")}</ol></details></nav>`;
}

/** e.g. `01-first-light · TypeScript (Fused) · run on 21 November 2026, 14:02 UTC` */
function describeRun(notebook: Notebook, name: string): string {
  const times = notebook.cells.flatMap(({ metadata }) => metadata.execution?.["iopub.status.busy"] ?? []);
  const when = new Date(times.at(-1) ?? NaN);
  const date = Number.isNaN(when.getTime())
    ? undefined
    : `run on ${when.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })} UTC`;
  return [name, notebook.metadata.kernelspec?.display_name, date].filter(Boolean).join(" · ");
}

function plain(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return html.replace(/<[^>]*>/g, "").replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!);
}
