import { parseSync } from "oxc-parser";
import { Lexer, type LineState } from "./lexer.ts";
import { findMagic } from "./registry.ts";

/**
 * Turns a cell with magics into TypeScript: each magic becomes a call of the session's `__fused` object, on the same
 * line, so that positions in the rest of the cell stay what the author sees. A cell without magics comes back as it is.
 *
 * What counts as a magic: `%%name` on the first line of the cell; `%name`, `!command` or `name?` where a statement may
 * begin; `target = %name …` and `target = !command`. A `%` inside an expression, a template or a comment is code.
 */
export function splitCell(source: string): string {
  if (!/[%!?]/.test(source)) return source;
  return cellMagic(source) ?? help(source) ?? lineMagics(source);
}

/** The cell magic a cell begins with, if any: its name, its line and where its body starts. */
export function findCellMagic(
  source: string,
): { name: string; line: string; bodyStart: number; before: string } | undefined {
  const head = /^((?:[^\S\n]*(?:\/\/[^\n]*)?\n)*[^\S\n]*)%%([A-Za-z_][\w.-]*)([^\n]*)(?:\n|$)/.exec(source);
  if (!head) return undefined;
  return { name: head[2]!, line: head[3]!.trim(), bodyStart: head[0].length, before: head[1]! };
}

function cellMagic(source: string): string | undefined {
  const head = findCellMagic(source);
  if (!head) return undefined;
  const { name, line, bodyStart, before } = head;
  const magic = findMagic(name);
  const target = asksForHelp(line) ? undefined : magic?.declares?.(line);
  const firstLine = source.slice(0, bodyStart).split("\n").length;
  const call = magicCall("cell", name, line, [JSON.stringify(source.slice(bodyStart)), String(firstLine)]);
  return before.replace(/[^\n]+/g, "") + (target ? `var ${target} = ${call};` : `${call};`);
}

/** `name?`, `name??`, `?name`, and the same of a magic. */
function help(source: string): string | undefined {
  const found = /^\s*(?:(\?{1,2})(%{0,2}[\w$.]+)|(%{0,2}[\w$.]+)(\?{1,2}))\s*;?\s*$/.exec(source);
  if (!found) return undefined;
  const name = (found[2] ?? found[3])!;
  const detail = (found[1] ?? found[4])!.length - 1;
  return `await __fused.help(${JSON.stringify(name)}, ${detail})`;
}

const lineMagicAt = /^(\s*)%([A-Za-z_][\w.-]*)(?![\w.-])(.*)$/;
const assigned =
  /^(\s*(?:(?:export\s+)?(?:const|let|var)\s+)?(?:[A-Za-z_$][\w$]*|[[{][^=]*[\]}])(?:\s*:\s*[^=]+)?\s*=\s*)(?:%([A-Za-z_][\w.-]*)(.*)|!(?![=!])(.*))$/;

function lineMagics(source: string): string {
  const lines = source.split("\n");
  const lexer = new Lexer();
  const out: string[] = [];
  let code: boolean | undefined;
  const parsesAsCode = () => (code ??= parses(source));
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const found = magicOnLine(line, lexer.state(), parsesAsCode);
    if (!found) {
      out.push(line);
      lexer.feed(line);
      continue;
    }
    let rest = found.rest;
    let taken = 0;
    while (unbalanced(rest) && i + taken + 1 < lines.length) rest += "\n" + lines[i + ++taken]!;
    const text = rest.trim().replace(/;$/, "").trim();
    const target = found.target ?? declaration(found, text);
    const call =
      found.name === "!"
        ? `await __fused.shell(${asTemplate(text)}, ${target !== undefined})`
        : magicCall("line", found.name, text, target === undefined ? [] : ['""', "1", "true"]);
    const statement = target === undefined ? `${found.indent};${call};` : `${target}${call};`;
    out.push(statement + "\n".repeat(taken));
    lexer.feed(`${found.indent}x;`);
    i += taken;
  }
  return out.join("\n");
}

/** `;var NAME = ` of a line magic that binds what it gives. */
function declaration({ indent, name }: Found, line: string): string | undefined {
  const magic = name === "!" || asksForHelp(line) ? undefined : findMagic(name);
  const declared = magic?.kinds.includes("line") ? magic.declares?.(line, "line") : undefined;
  return declared === undefined ? undefined : `${indent};var ${declared} = `;
}

const asksForHelp = (line: string): boolean => /(^|\s)(--help|-h)(\s|$)/.test(line);

interface Found {
  indent: string;
  name: string;
  rest: string;
  /** The left side with its `=`, of an assignment. */
  target?: string;
}

function magicOnLine(line: string, state: LineState, parsesAsCode: () => boolean): Found | undefined {
  if (state.inText || state.brackets.some((bracket) => bracket !== "{")) return undefined;
  const startsStatement = state.previous === "" || "{};".includes(state.previous);
  const magic = lineMagicAt.exec(line);
  if (magic) {
    const [, indent, name, rest] = magic as unknown as [string, string, string, string];
    // After an expression without a semicolon a line that begins with % could go on with it: what the author most
    // likely means is told by the indentation and by whether there is such a magic.
    const atMargin = indent === "" && findMagic(name) !== undefined;
    if (startsStatement || atMargin || !parsesAsCode()) return { indent, name, rest };
    return undefined;
  }
  const assignment = assigned.exec(line);
  if (assignment) {
    const [, target, name, rest, shell] = assignment;
    if (name !== undefined) return { indent: "", name, rest: rest!, target: target! };
    // `!ls -la` would parse, as "not ls, minus la"; nobody means that.
    const isShell = /^\s*[\w./]+\s+-{1,2}\w/.test(shell!) || !parses(`${target}!${shell}`);
    if (isShell) return { indent: "", name: "!", rest: shell!, target: target! };
    return undefined;
  }
  const shell = /^(\s*)!(?=[\w./~"$])(.*)$/.exec(line);
  if (shell && (startsStatement || shell[1] === "")) {
    const [, indent, command] = shell as unknown as [string, string, string];
    // `!done && run()` is TypeScript; `!ls` would be too, but nobody writes it for its value.
    if (/[.([=]/.test(command) && parses(line) && parsesAsCode()) return undefined;
    return { indent, name: "!", rest: command };
  }
  return undefined;
}

function parses(source: string): boolean {
  return parseSync("cell.ts", source, { lang: "ts", sourceType: "module" }).errors.length === 0;
}

/** Whether brackets or a template that open in the text of a magic are still open at its end. */
function unbalanced(text: string): boolean {
  const lexer = new Lexer();
  for (const line of text.split("\n")) lexer.feed(line);
  const { inText, brackets } = lexer.state();
  return inText || brackets.length > 0;
}

function magicCall(kind: "line" | "cell", name: string, line: string, more: string[]): string {
  const expressions = asksForHelp(line) ? {} : (findMagic(name)?.expressions?.(line) ?? {});
  const values = Object.entries(expressions).map(
    ([key, code]) => `${JSON.stringify(key)}: (${code.replace(/\n/g, " ")})`,
  );
  const args = [JSON.stringify(kind), JSON.stringify(name), asTemplate(line), `{${values.join(", ")}}`, ...more];
  return `await __fused.magic(${args.join(", ")})`;
}

/** The text as a literal; `${…}` in it is filled in from the notebook, as in a template. */
function asTemplate(text: string): string {
  if (!text.includes("${")) return JSON.stringify(text);
  return "`" + text.replace(/[\\`]/g, "\\$&").replace(/\n/g, " ") + "`";
}
