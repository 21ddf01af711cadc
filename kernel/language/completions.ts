import type { CompletionItem, Range } from "./protocol.ts";
import { filePrefix } from "./project.ts";

/** One completion: what is put in, and what a front end shows beside it. */
export interface Match {
  text: string;
  /** The kind, in the words of `_jupyter_types_experimental`. */
  type: string;
  signature?: string;
}

export interface Matches {
  /** Where the text that is replaced begins and ends in the cell, UTF-16 units. */
  start: number;
  end: number;
  matches: Match[];
}

/** Kinds of the protocol (CompletionItemKind) as front ends draw them. */
const kinds: Record<number, string> = {
  1: "text",
  2: "function",
  3: "function",
  4: "class",
  5: "property",
  6: "instance",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  13: "enum",
  14: "keyword",
  17: "path",
  19: "path",
  20: "enum",
  21: "instance",
  22: "class",
  25: "type",
};

/** How the server sorts what has not been named by the cell: 15 the global names, 16 those to import. */
const globalSort = "15";

/** The word that ends a text: what a completion replaces. */
export function wordBefore(text: string): string {
  return /[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.exec(text)?.[0] ?? "";
}

export interface CompletionContext {
  code: string;
  cursor: number;
  /** The offset in the cell of a position of the server's. */
  offset(position: Range["start"]): number;
  /** Names of the global scope that exist here; undefined where all do. */
  globals?: ReadonlySet<string> | undefined;
}

export interface ReadCompletions extends Matches {
  /** Whether a name of any scope may stand here, rather than a member or a piece of a string. */
  anyName: boolean;
}

/** The server's items that begin like the word at the cursor, the nearest scope first. */
export function readCompletions(
  items: CompletionItem[],
  { code, cursor, offset, globals }: CompletionContext,
): ReadCompletions {
  // Inside a string all items say what they replace; elsewhere only odd ones do, `[Symbol.iterator]` after a dot.
  const edited = items.every(({ textEdit }) => textEdit?.range) ? items[0]?.textEdit?.range : undefined;
  const word = wordBefore(code.slice(0, cursor));
  const start = edited ? offset(edited.start) : cursor - word.length;
  const end = edited ? Math.max(cursor, offset(edited.end)) : cursor;
  const typed = code.slice(start, cursor);
  const anyName = code[start - 1] !== "." && items.some(({ sortText }) => sortText === globalSort);
  const kept = items.filter((item) => {
    if (item.textEdit?.range && offset(item.textEdit.range.start) !== start) return false;
    if (item.label.startsWith("__fused") || item.label.includes(filePrefix)) return false;
    if (item.data?.autoImport) return false;
    return !(globals && item.sortText === globalSort && item.kind !== 14 && !globals.has(item.label));
  });
  const text = (item: CompletionItem): string => item.textEdit?.newText ?? item.insertText ?? item.label;
  const exact = kept.filter((item) => text(item).startsWith(typed));
  // A name in another case is better than none.
  const found =
    exact.length > 0 ? exact : kept.filter((item) => text(item).toLowerCase().startsWith(typed.toLowerCase()));
  const rank = (item: CompletionItem): string => `${item.sortText ?? ""} ${text(item).startsWith("_") ? 1 : 0}`;
  found.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.label.localeCompare(b.label)));
  const matches = found.map((item) => ({ text: text(item), type: kinds[item.kind ?? 0] ?? "instance" }));
  return { start, end, matches, anyName };
}

/** The names of other modules that the server offers to import, with their modules. */
export function readImportable(items: CompletionItem[]): { name: string; module: string }[] {
  return items.flatMap(({ label, data }) => {
    const module = data?.autoImport?.moduleSpecifier;
    // What lies above the notebook's folder is not the notebook's: the kernel's own sources, say.
    return module === undefined || module.includes(filePrefix) || module.startsWith("../")
      ? []
      : [{ name: label, module }];
  });
}
