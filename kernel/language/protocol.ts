/** The parts of the Language Server Protocol (3.17) that are used here. Lines and characters count from 0, in UTF-16 units. */
export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface CompletionItem {
  label: string;
  kind?: number;
  sortText?: string;
  filterText?: string;
  insertText?: string;
  detail?: string;
  labelDetails?: { description?: string };
  textEdit?: { range?: Range; newText: string };
  /** The server's own; `autoImport` marks a name that would have to be imported. */
  data?: { autoImport?: { moduleSpecifier: string } };
}

export interface CompletionList {
  items: CompletionItem[];
}

export interface Hover {
  contents: { value: string };
  range?: Range;
}

export interface SignatureHelp {
  signatures: { label: string; documentation?: { value: string } | string }[];
  activeSignature?: number;
}

export interface Diagnostic {
  range: Range;
  severity?: number;
  code?: number;
  message: string;
}

/** The position of an offset in a cell, in the document that it is written into: one line further down. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, character: offset - (before.lastIndexOf("\n") + 1) };
}

/** The offset in a cell of a position in its document. */
export function offsetAt(text: string, { line, character }: Position): number {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const next = text.indexOf("\n", start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  return start + character;
}
