import type { CommMessage, Publication } from "./session/messages.ts";

interface OpenComm {
  target: string;
  /** State of a widget model, kept so that a page that is loaded again can ask for it. */
  state?: Record<string, unknown>;
  buffers: Map<string, Uint8Array>;
}

/** The comms that are open between front ends and the session, as the kernel sees them pass. */
export interface Comms {
  /** Takes note of a message, whichever side it comes from. */
  note(message: CommMessage | Publication): void;
  /** For `comm_info_reply`: target by comm id, of one target or of all. */
  info(target?: string): Record<string, { target_name: string }>;
  /** Content and buffers of the `update_states` message of jupyter.widget.control (ipywidgets, "Widget Messaging Protocol"). */
  widgetStates(): { data: Record<string, unknown>; buffers: Uint8Array[] };
  /** The `comm_open` messages of jupyter.widget.control that front ends have sent: who sends one draws widgets. */
  readonly controls: Map<string, CommMessage>;
  /** Forgets all but the controls: their session has ended. */
  clear(): void;
}

export const widgetControl = "jupyter.widget.control";
const widgetTarget = "jupyter.widget";

export function createComms(): Comms {
  const open = new Map<string, OpenComm>();
  return {
    controls: new Map(),
    note({ type, content, buffers }) {
      const id = String(content.comm_id);
      const data = (content.data ?? {}) as {
        method?: string;
        state?: Record<string, unknown>;
        buffer_paths?: (string | number)[][];
      };
      if (type === "comm_open") open.set(id, { target: String(content.target_name), buffers: new Map() });
      if (type === "comm_close") open.delete(id);
      const comm = open.get(id);
      if (comm?.target !== widgetTarget || !data.state) return;
      if (type === "comm_msg" && data.method !== "update") return;
      comm.state = { ...comm.state, ...data.state };
      for (const [i, path] of (data.buffer_paths ?? []).entries()) {
        if (buffers[i]) comm.buffers.set(JSON.stringify(path), buffers[i]);
      }
    },
    info(target) {
      const found = [...open].filter(([, comm]) => target === undefined || comm.target === target);
      return Object.fromEntries(found.map(([id, comm]) => [id, { target_name: comm.target }]));
    },
    widgetStates() {
      const buffers: Uint8Array[] = [];
      const buffer_paths: (string | number)[][] = [];
      const states: Record<string, unknown> = {};
      for (const [id, { state, buffers: own }] of open) {
        if (!state) continue;
        const { _model_name, _model_module, _model_module_version } = state;
        states[id] = {
          model_name: _model_name,
          model_module: _model_module,
          model_module_version: _model_module_version,
          state,
        };
        for (const [path, bytes] of own) {
          buffer_paths.push([id, ...(JSON.parse(path) as (string | number)[])]);
          buffers.push(bytes);
        }
      }
      return { data: { method: "update_states", states, buffer_paths }, buffers };
    },
    clear: () => open.clear(),
  };
}
