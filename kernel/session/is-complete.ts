import { parseSync } from "oxc-parser";
import { Lexer } from "../../magics/lexer.ts";
import { findCellMagic, splitCell } from "../../magics/split.ts";

/** `is_complete_request`: whether a console may run this, wants another line (and how far indented), or must complain. */
export function isComplete(source: string): Record<string, unknown> {
  if (findCellMagic(source)) {
    return source.endsWith("\n") ? { status: "complete" } : { status: "incomplete", indent: "" };
  }
  const code = splitCell(source);
  if (parses(code)) return { status: "complete" };
  const lexer = new Lexer();
  for (const line of code.split("\n")) lexer.feed(line);
  const { inText, brackets, mismatched } = lexer.state();
  if (mismatched) return { status: "invalid" };
  if (inText || brackets.length > 0 || /(?:=>|[=+\-*/%&|^<,?:.]|\b(?:else|return|extends|of|in))\s*$/.test(code)) {
    return { status: "incomplete", indent: inText ? "" : "  ".repeat(brackets.length) };
  }
  return { status: "invalid" };
}

function parses(source: string): boolean {
  for (const lang of ["ts", "tsx"] as const) {
    if (parseSync(`cell.${lang}`, source, { lang, sourceType: "module" }).errors.length === 0) return true;
  }
  return false;
}
