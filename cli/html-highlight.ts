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
import { escapeHtml } from "./html-escape.ts";

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
  const magics = /^(?:%%.*(?:\n|$))+/.exec(source)?.[0] ?? "";
  const name = /^%%(\w+)/.exec(magics)?.[1] ?? "";
  const rest = source.slice(magics.length);
  const head = magics ? `<span class="hljs-magic">${escapeHtml(magics)}</span>` : "";
  return head + highlight(rest, magicLanguages[name] ?? language);
}
