import { randomUUID } from "node:crypto";
import { CellOutputs, errorOutput } from "./cell-outputs.ts";
import { CellTimeoutError, DeadKernelError } from "./kernel-client.ts";
import type { KernelClient } from "./kernel-client.ts";
import type { CodeCell, Notebook, Output } from "./notebook-format.ts";
import { WidgetStates } from "./widget-state.ts";

export interface ExecuteNotebookOptions {
  /** Milliseconds a cell may take; 0: any time. */
  timeoutMs: number;
  /** Goes on after a cell that fails. */
  allowErrors: boolean;
  onCellStart(cell: CodeCell, number: number, total: number): void;
  onCellEnd(cell: CodeCell, number: number, total: number, end: CellEnd): void;
}

export interface CellEnd {
  seconds: number;
  /** `allowed`: the cell failed, and its tag or an option says that it may. */
  status: "ok" | "failed" | "allowed";
}

/** The cell that ended a run, and the error that it ended with. */
export interface Failure {
  cell: CodeCell;
  number: number;
  total: number;
  error: Extract<Output, { output_type: "error" }>;
}

/**
 * Runs a notebook's code cells in order and fills in their outputs, execution counts and times, as nbclient does:
 * empty cells and those tagged `skip-execution` are passed over, those tagged `raises-exception` may fail.
 * @returns the failure that ended the run, or undefined where it reached the end
 */
export async function executeNotebook(
  notebook: Notebook,
  kernel: KernelClient,
  options: ExecuteNotebookOptions,
): Promise<Failure | undefined> {
  const cells = notebook.cells.filter(isRun);
  const outputs = new CellOutputs();
  const widgets = new WidgetStates();
  kernel.onOutput = (message) => {
    outputs.take(message);
    widgets.take(message);
  };
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  for (const [i, cell] of cells.entries()) {
    const at = { cell, number: i + 1, total: cells.length };
    options.onCellStart(cell, at.number, at.total);
    const started = performance.now();
    const { error, final } = await runCell(cell, kernel, outputs, options);
    const allowed = options.allowErrors || (cell.metadata.tags?.includes("raises-exception") ?? false);
    const status = !error ? "ok" : allowed && !final ? "allowed" : "failed";
    options.onCellEnd(cell, at.number, at.total, { status, seconds: (performance.now() - started) / 1000 });
    if (error && status === "failed") return { ...at, error };
  }
  notebook.metadata.widgets = widgets.metadata();
  return undefined;
}

interface CellRun {
  error?: Failure["error"];
  /** The kernel cannot run another cell, or the error is not the cell's own to allow. */
  final?: boolean;
}

async function runCell(
  cell: CodeCell,
  kernel: KernelClient,
  outputs: CellOutputs,
  { timeoutMs, allowErrors }: ExecuteNotebookOptions,
): Promise<CellRun> {
  const id = randomUUID();
  outputs.watch(id, cell);
  try {
    const { header, content } = await kernel.execute(cell.source, { id, timeoutMs });
    (cell.metadata.execution ??= {})["shell.execute_reply"] = header.date;
    if (typeof content.execution_count === "number") cell.execution_count ??= content.execution_count;
    if (content.status === "ok") return {};
    const shown = cell.outputs.findLast((output) => output.output_type === "error");
    if (shown) return { error: shown };
    const reply =
      content.status === "aborted" ? { ename: "Aborted", evalue: "the kernel did not run the cell" } : content;
    return { error: fail(cell, errorOutput(reply)) };
  } catch (error) {
    if (!(error instanceof CellTimeoutError || error instanceof DeadKernelError)) throw error;
    const { name: ename, message: evalue } = error;
    const goesOn = error instanceof CellTimeoutError && error.kernelAnswers && allowErrors;
    return {
      error: fail(cell, { output_type: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] }),
      final: !goesOn,
    };
  }
}

function fail(cell: CodeCell, error: Failure["error"]): Failure["error"] {
  cell.outputs.push(error);
  return error;
}

function isRun(cell: Notebook["cells"][number]): cell is CodeCell {
  const skipped = cell.metadata.tags?.includes("skip-execution") ?? false;
  return cell.cell_type === "code" && cell.source.trim() !== "" && !skipped;
}
