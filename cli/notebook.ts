import { readFileSync } from "node:fs";
import { writeWhole } from "../fused/write-whole.ts";
import { jsonErrorPlace } from "./json-error.ts";
import { checkNotebook } from "./notebook-check.ts";
import { NotebookError } from "./notebook-format.ts";
import type { Cell, Notebook, Output } from "./notebook-format.ts";
import { parseExactly, stringifyNotebook } from "./notebook-json.ts";

/**
 * Reads a notebook file; formats 4.0 to 4.4 come out as 4.5, with cell ids made from their place and text.
 * @throws NotebookError where the file is missing, is not JSON, or is not an nbformat 4 notebook
 */
export function readNotebook(path: string): Notebook {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new NotebookError(`cannot read ${path}: ${readFailure(error as NodeJS.ErrnoException)}`);
  }
  return parseNotebook(text, path);
}

/** As `readNotebook`, from the file's text; `path` is for messages. */
export function parseNotebook(text: string, path: string): Notebook {
  let value: unknown;
  try {
    value = parseExactly(text);
  } catch {
    if (text.trim() === "") throw new NotebookError(`${path} is empty: it is not a notebook`);
    if (/^(<{7}|={7}|>{7})/m.test(text)) {
      throw new NotebookError(`${path} holds unresolved merge conflicts (lines of <<<<<<<): resolve them first`);
    }
    const { line, column, found } = jsonErrorPlace(text);
    throw new NotebookError(
      `${path} is not valid JSON: line ${line}, column ${column}: unexpected ${found}\n` +
        "Mend it in a text editor, or restore it from version control",
    );
  }
  try {
    return checkNotebook(value);
  } catch (error) {
    if (error instanceof NotebookError) throw new NotebookError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Writes a notebook whole or not at all. @throws NotebookError where the file cannot be written */
export function writeNotebook(path: string, notebook: Notebook): void {
  writeFileWhole(path, formatNotebook(notebook));
}

/** The text of a notebook file, byte for byte as nbformat writes it. */
export function formatNotebook(notebook: Notebook): string {
  const metadata = without(notebook.metadata, ["orig_nbformat", "orig_nbformat_minor", "signature"]);
  return stringifyNotebook({ ...notebook, metadata, cells: notebook.cells.map(splitCell) });
}

/** Writes a text whole or not at all. @throws NotebookError where it cannot be written */
export function writeFileWhole(path: string, text: string): void {
  try {
    writeWhole(path, text, 0o666);
  } catch (error) {
    throw new NotebookError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** What a running notebook carries and a file does not (nbformat/v4/rwbase.py: strip_transient). */
function without(metadata: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !names.includes(name)));
}

function splitCell(cell: Cell): unknown {
  const metadata = without(cell.metadata, ["trusted"]);
  const common = { ...cell, metadata, source: splitLines(cell.source) };
  if (cell.cell_type === "code") return { ...common, outputs: cell.outputs.map(splitOutput) };
  if (!cell.attachments) return common;
  const attachments = Object.entries(cell.attachments).map(([name, bundle]) => [name, splitBundle(bundle)]);
  return { ...common, attachments: Object.fromEntries(attachments) };
}

function splitOutput(output: Output): unknown {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "error") return output;
  return { ...output, data: splitBundle(output.data) };
}

/** nbformat/v4/rwbase.py: text types, JavaScript and SVG are kept as lists of lines. */
function splitBundle(bundle: Record<string, unknown>): Record<string, unknown> {
  const isLines = (type: string) =>
    type.startsWith("text/") || type === "application/javascript" || type === "image/svg+xml";
  return Object.fromEntries(
    Object.entries(bundle).map(([type, value]) => [
      type,
      typeof value === "string" && isLines(type) ? splitLines(value) : value,
    ]),
  );
}

/** Python's str.splitlines(True), which nbformat splits by. */
function splitLines(text: string): string[] {
  // oxlint-disable-next-line no-control-regex -- Python ends lines at some control characters.
  return text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|.+$/gs) ?? [];
}

function readFailure(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such file";
  if (error.code === "EISDIR") return "it is a folder";
  if (error.code === "EACCES") return "permission denied";
  return error.message;
}
