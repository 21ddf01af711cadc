import type { LanguageFn } from "highlight.js";
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import css from "highlight.js/lib/languages/css";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import { escapeHtml } from "../fused/html-text.ts";

const languages: Record<string, LanguageFn> = { bash, css, javascript, json, markdown, python, sql, typescript, xml };
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

/** The language of the rest of a cell that begins with one of these magics. */
const magicLanguages: Record<string, string> = {
  html: "xml",
  svg: "xml",
  markdown: "markdown",
  sql: "sql",
  bash: "bash",
  sh: "bash",
  javascript: "javascript",
  js: "javascript",
};

/** Code as HTML with highlight.js classes; code of an unknown language is only escaped. */
export function highlight(code: string, language: string): string {
  if (!hljs.getLanguage(language)) return escapeHtml(code);
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}

/** A cell's code: its magic lines as such, the rest in the language they announce or in the cell's own. */
export function highlightCell(source: string, language: string): string {
  const cellMagics = /^(?:%%.*(?:\n|$))+/.exec(source)?.[0] ?? "";
  const name = /^%%(\w+)/.exec(cellMagics)?.[1] ?? "";
  const rest = source.slice(cellMagics.length);
  const other = magicLanguages[name];
  const code = other ? highlight(rest, other) : highlightWithMagics(rest, language);
  return (cellMagics ? magicSpan(cellMagics) : "") + code;
}

/** Line magics stand as comments while the code around them is highlighted; one within a string stays part of it. */
function highlightWithMagics(code: string, language: string): string {
  const magics: string[] = [];
  const open = language === "python" ? "#\uE000" : "//\uE000";
  const marked = code.replace(
    /^[ \t]*(?:%[a-z]|![\w./-]+(?:\s|$)).*$/gim,
    (line) => `${open}${magics.push(line) - 1}\uE001`,
  );
  return highlight(marked, language).replace(
    new RegExp(`(<span class="hljs-comment">)?${open}(\\d+)\uE001(?:</span>)?`, "g"),
    (_, comment: string | undefined, index: string) => {
      const line = magics[Number(index)]!;
      return comment ? magicSpan(line) : escapeHtml(line);
    },
  );
}

function magicSpan(text: string): string {
  return `<span class="hljs-magic">${escapeHtml(text)}</span>`;
}
