import type { Message } from "../kernel/wire.ts";

/**
 * Gathers the state of ipywidgets from a kernel's comm messages, to be saved in the notebook's metadata so that the
 * widgets
 * show when it is opened again (as nbclient; format: the schema of @jupyter-widgets).
 */
export class WidgetStates {
  readonly #states = new Map<string, Record<string, unknown>>();
  readonly #buffers = new Map<string, Map<string, WidgetBuffer>>();

  /** Takes one message of the iopub channel; all but those of widgets are passed over. */
  take({ header, content, buffers }: Message): void {
    if (header.msg_type !== "comm_open" && header.msg_type !== "comm_msg") return;
    const id = String(content.comm_id);
    const data = (content.data ?? {}) as { state?: Record<string, unknown>; buffer_paths?: (string | number)[][] };
    if (!data.state || (header.msg_type === "comm_open" && content.target_name !== "jupyter.widget")) return;
    if (header.msg_type === "comm_msg" && !this.#states.has(id)) return;
    this.#states.set(id, { ...this.#states.get(id), ...data.state });
    const kept = this.#buffers.get(id) ?? new Map<string, WidgetBuffer>();
    data.buffer_paths?.forEach((path, i) => {
      const bytes = buffers[i];
      if (bytes) kept.set(path.join("/"), { path, encoding: "base64", data: bytes.toString("base64") });
    });
    this.#buffers.set(id, kept);
  }

  /** The value of the notebook's `metadata.widgets`; undefined where there is no widget. */
  metadata(): Record<string, unknown> | undefined {
    const models = [...this.#states].filter(([, state]) => state._model_name !== undefined);
    if (models.length === 0) return undefined;
    const state = models.map(([id, values]) => {
      const buffers = [...(this.#buffers.get(id)?.values() ?? [])];
      const model = {
        model_name: values._model_name,
        model_module: values._model_module,
        model_module_version: values._model_module_version,
        state: values,
        ...(buffers.length > 0 ? { buffers } : {}),
      };
      return [id, model] as const;
    });
    return {
      "application/vnd.jupyter.widget-state+json": {
        state: Object.fromEntries(state),
        version_major: 2,
        version_minor: 0,
      },
    };
  }
}

interface WidgetBuffer {
  path: (string | number)[];
  encoding: "base64";
  data: string;
}
