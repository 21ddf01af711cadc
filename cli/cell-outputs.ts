import type { Message } from "../kernel/wire.ts";
import type { CodeCell, Output } from "./notebook-format.ts";

type DisplayOutput = Extract<Output, { data: unknown }>;

/**
 * Turns the iopub messages of a kernel into the outputs of a notebook's cells, as nbclient and front ends do.
 * A message finds its cell by the request it names as its parent, also when it comes after that cell has ended.
 */
export class CellOutputs {
  readonly #cells = new Map<string, CodeCell>();
  /** Every output that shows a display id, in whatever cell. */
  readonly #displays = new Map<string, Set<DisplayOutput>>();
  /** Cells that `clear_output(wait=True)` will empty when their next output comes. */
  readonly #clearNext = new Set<CodeCell>();

  /** From now on, what the request `id` puts out goes to this cell, which is emptied. */
  watch(id: string, cell: CodeCell): void {
    cell.outputs = [];
    cell.execution_count = null;
    cell.metadata.execution = {};
    this.#cells.set(id, cell);
  }

  /** Takes one message of the iopub channel. */
  take({ header, parent_header: parent, content }: Message): void {
    if (header.msg_type === "update_display_data") {
      this.#update(content);
      return;
    }
    const cell = this.#cells.get(parent.msg_id ?? "");
    if (!cell) return;
    const timing = (cell.metadata.execution ??= {});
    switch (header.msg_type) {
      case "status":
        if (content.execution_state === "busy") timing["iopub.status.busy"] = header.date;
        if (content.execution_state === "idle") timing["iopub.status.idle"] = header.date;
        return;
      case "execute_input":
        timing["iopub.execute_input"] = header.date;
        cell.execution_count = content.execution_count as number;
        return;
      case "clear_output":
        if (content.wait) this.#clearNext.add(cell);
        else cell.outputs = [];
        return;
      case "stream":
        this.#addStream(cell, String(content.name), String(content.text));
        return;
      case "error":
        this.#add(cell, errorOutput(content));
        return;
      case "display_data":
      case "execute_result":
        this.#addDisplay(cell, header.msg_type, content);
        return;
    }
  }

  #add(cell: CodeCell, output: Output): void {
    if (this.#clearNext.delete(cell)) cell.outputs = [];
    cell.outputs.push(output);
  }

  #addStream(cell: CodeCell, name: string, text: string): void {
    const last = this.#clearNext.has(cell) ? undefined : cell.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#add(cell, { output_type: "stream", name, text });
  }

  #addDisplay(cell: CodeCell, type: "display_data" | "execute_result", content: Message["content"]): void {
    const data = (content.data ?? {}) as Record<string, unknown>;
    const metadata = (content.metadata ?? {}) as Record<string, unknown>;
    const output: DisplayOutput =
      type === "display_data"
        ? { output_type: type, data, metadata }
        : { output_type: type, data, metadata, execution_count: content.execution_count as number };
    const id = displayId(content);
    if (id !== undefined) {
      // Showing an id again also refreshes what shows it already.
      this.#update(content);
      const shown = this.#displays.get(id) ?? new Set();
      this.#displays.set(id, shown.add(output));
    }
    this.#add(cell, output);
  }

  #update(content: Message["content"]): void {
    for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
      output.data = (content.data ?? {}) as Record<string, unknown>;
      output.metadata = (content.metadata ?? {}) as Record<string, unknown>;
    }
  }
}

/** The output of a cell that failed, from the content of an `error` message or of an error reply. */
export function errorOutput(content: Message["content"]): Extract<Output, { output_type: "error" }> {
  const { ename = "Error", evalue = "", traceback = [] } = content;
  return {
    output_type: "error",
    ename: String(ename),
    evalue: String(evalue),
    traceback: Array.isArray(traceback) ? traceback.map(String) : [],
  };
}

function displayId(content: Message["content"]): string | undefined {
  const id = (content.transient as { display_id?: unknown } | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}
