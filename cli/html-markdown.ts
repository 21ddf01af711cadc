import { Marked } from "marked";
import type { TokenizerAndRendererExtension } from "marked";
import { escapeHtml } from "../fused/html-text.ts";
import { highlight } from "./html-highlight.ts";
import { sanitize } from "../widgets/sanitize-html.ts";
import type { EmbedImage } from "../widgets/sanitize-html.ts";

export interface Heading {
  level: number;
  id: string;
  /** HTML of the heading's text, without links. */
  text: string;
}

/** Formulas stay as they are written: nothing between the signs is markdown. */
const math: TokenizerAndRendererExtension = {
  name: "math",
  level: "inline",
  start: (source) => source.search(/\$|\\\(|\\\[/),
  tokenizer(source) {
    const match = /^(?:\$\$[^]+?\$\$|\\\[[^]+?\\\]|\\\([^]+?\\\)|\$(?![\s\d$])(?:\\.|[^$\\\n])+?(?<!\s)\$(?!\d))/.exec(
      source,
    );
    return match ? { type: "math", raw: match[0] } : undefined;
  },
  renderer: ({ raw }) => `<code class="math">${escapeHtml(raw)}</code>`,
};

/**
 * Renders the markdown cells of one page (GitHub's dialect, as JupyterLab's), sanitised; headings get anchors that are
 * unique on the page and are gathered in `headings`.
 */
export function markdownRenderer(): { headings: Heading[]; render(source: string, embed: EmbedImage): string } {
  const headings: Heading[] = [];
  const used = new Set<string>();
  const marked = new Marked({ gfm: true });
  marked.use({
    extensions: [math],
    renderer: {
      heading({ tokens, depth, text }) {
        const id = uniqueSlug(text, used);
        const html = this.parser.parseInline(tokens);
        headings.push({ level: depth, id, text: sanitize(html.replace(/<\/?a\b[^>]*>/g, ""), () => undefined) });
        return `<h${depth} id="${id}">${html}<a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`;
      },
      code({ text, lang = "" }) {
        const language = /^\S*/.exec(lang)![0];
        return `<pre class="code"><code>${highlight(text, language)}</code></pre>\n`;
      },
      table(token) {
        const cell = (tag: string, { tokens, align }: (typeof token.header)[number]) =>
          `<${tag}${align ? ` style="text-align:${align}"` : ""}>${this.parser.parseInline(tokens)}</${tag}>`;
        const head = token.header.map((each) => cell("th", each)).join("");
        const rows = token.rows.map((row) => `<tr>${row.map((each) => cell("td", each)).join("")}</tr>`).join("\n");
        return `<div class="wide"><table><thead><tr>${head}</tr></thead>\n<tbody>${rows}</tbody></table></div>\n`;
      },
    },
  });
  return {
    headings,
    render: (source, embed) => sanitize(marked.parse(source, { async: false }), embed),
  };
}

/** GitHub's way to make an anchor of a heading. */
function uniqueSlug(text: string, used: Set<string>): string {
  const plain = text
    .replace(/<[^>]*>|[`*_~]/g, "")
    .trim()
    .toLowerCase();
  const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s+/g, "-") || "section";
  let id = slug;
  for (let n = 1; used.has(id); n += 1) id = `${slug}-${n}`;
  used.add(id);
  return id;
}
