import { HttpError } from "../http-error.ts";
import { upgradeNotebook } from "./older-notebook.ts";

type Json = Record<string, unknown>;

/**
 * A notebook between its file and the front end (https://nbformat.readthedocs.io/en/latest/format_description.html): in the
 * file texts stand as lists of lines with sorted keys, as nbformat writes them, so that version control shows small
 * changes; the front end gets whole texts. `trusted` never comes from or goes to a file: it says what scripts in outputs
 * may run, and is the server's to say.
 */

/**
 * Reads a notebook's file for the front end; one of format 3 as format 4, which the file becomes when it is saved.
 * @param trusted whether this user trusts these very bytes
 * @throws HttpError 400 where it is no notebook, or one of a format that is not known
 */
export function readNotebookText(text: string, name: string, trusted: boolean): Json {
  let notebook: Json;
  try {
    notebook = JSON.parse(text) as Json;
  } catch (error) {
    throw new HttpError(400, `Unreadable Notebook: ${name} is not JSON: ${(error as Error).message}`);
  }
  if (isObject(notebook)) notebook = upgradeNotebook(notebook) ?? notebook;
  const cells = checkCells(notebook, name);
  // What tools leave out without harm, and a front end counts on.
  notebook.metadata ??= {};
  notebook.nbformat_minor ??= 0;
  for (const cell of cells) {
    if (cell.cell_type === "code") {
      cell.outputs ??= [];
      cell.execution_count ??= null;
    }
    cell.source = joined(cell.source);
    const metadata = (cell.metadata ?? {}) as Json;
    delete metadata.trusted;
    if (trusted && cell.cell_type === "code") metadata.trusted = true;
    cell.metadata = metadata;
    eachText(cell, joined);
  }
  return notebook;
}

/**
 * Writes a notebook that the front end saves.
 * @returns the file's text, and whether the front end vouches for every output in it that could run a script
 * @throws HttpError 400
 */
export function writeNotebookText(notebook: Json, name: string): { text: string; trusted: boolean } {
  let trusted = true;
  for (const cell of checkCells(notebook, name)) {
    const metadata = (cell.metadata ?? {}) as Json;
    if (cell.cell_type === "code" && metadata.trusted !== true && hasRichOutput(cell)) trusted = false;
    delete metadata.trusted;
    cell.metadata = metadata;
    cell.source = lines(joined(cell.source));
    eachText(cell, (text) => lines(joined(text)));
  }
  const metadata = notebook.metadata as Json | undefined;
  // What a running notebook carries and a file does not (nbformat/v4/rwbase.py: strip_transient).
  for (const key of ["signature", "trusted", "orig_nbformat", "orig_nbformat_minor"]) delete metadata?.[key];
  return { text: `${JSON.stringify(sorted(notebook), null, 1)}\n`, trusted };
}

/** A new notebook's content. */
export function emptyNotebook(): Json {
  return { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

function checkCells(notebook: Json, name: string): Json[] {
  if (typeof notebook !== "object" || notebook === null) throw new HttpError(400, `${name} is not a notebook`);
  const { nbformat } = notebook;
  if (typeof nbformat === "number" && nbformat < 4) {
    throw new HttpError(
      400,
      `${name} is a notebook of format ${nbformat}, from before 2013. Convert it: jupyter nbconvert --to notebook --inplace`,
    );
  }
  if (typeof nbformat === "number" && nbformat > 4) {
    throw new HttpError(400, `${name} is a notebook of format ${nbformat}, which is newer than this lab: update it`);
  }
  const isCell = (cell: unknown) => typeof cell === "object" && cell !== null && !Array.isArray(cell);
  if (!Array.isArray(notebook.cells) || !notebook.cells.every(isCell)) {
    throw new HttpError(400, `Unreadable Notebook: ${name} has no list of cells`);
  }
  return notebook.cells as Json[];
}

/** Streams and errors are text; a display or a result can hold HTML and JavaScript. */
function hasRichOutput({ outputs }: Json): boolean {
  const types = Array.isArray(outputs) ? (outputs as Json[]).map((output) => output?.output_type) : [];
  return types.some((type) => type !== "stream" && type !== "error");
}

function eachText(cell: Json, change: (text: unknown) => unknown): void {
  const bundles: Json[] = [];
  for (const output of Array.isArray(cell.outputs) ? (cell.outputs as Json[]) : []) {
    if (output?.output_type === "stream") output.text = change(output.text);
    else if (isObject(output?.data)) bundles.push(output.data);
  }
  if (isObject(cell.attachments)) bundles.push(...Object.values(cell.attachments).filter(isObject));
  for (const bundle of bundles) {
    for (const [type, value] of Object.entries(bundle)) {
      const text = typeof value === "string" || isLines(value);
      // Of JSON a list is a list.
      if (text && !/^application\/(.*\+)?json$/.test(type)) bundle[type] = change(value);
    }
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}

function joined(text: unknown): unknown {
  return isLines(text) ? text.join("") : text;
}

function lines(text: unknown): unknown {
  if (typeof text !== "string") return text;
  return text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
