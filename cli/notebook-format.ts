/**
 * Notebooks as nbformat 4.5 has them (https://nbformat.readthedocs.io), with text joined: lines are a matter of the
 * file.
 */
export interface Notebook {
  metadata: NotebookMetadata;
  nbformat: 4;
  nbformat_minor: number;
  cells: Cell[];
}

export interface NotebookMetadata {
  kernelspec?: { name?: string; display_name?: string; language?: string };
  language_info?: Record<string, unknown> & { name?: string };
  title?: string;
  [key: string]: unknown;
}

export interface CellMetadata {
  tags?: string[];
  execution?: Record<string, string>;
  [key: string]: unknown;
}

interface CellBase {
  id: string;
  metadata: CellMetadata;
  source: string;
}

export interface TextCell extends CellBase {
  cell_type: "markdown" | "raw";
  attachments?: Record<string, Record<string, unknown>>;
}

export interface CodeCell extends CellBase {
  cell_type: "code";
  execution_count: number | null;
  outputs: Output[];
}

export type Cell = TextCell | CodeCell;

export type Output =
  | { output_type: "stream"; name: string; text: string }
  | { output_type: "display_data"; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | {
      output_type: "execute_result";
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      execution_count: number | null;
    }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** A file that is not a notebook we can run: which file, where in it, and what to do. */
export class NotebookError extends Error {
  override name = "NotebookError";
}
