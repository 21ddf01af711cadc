import type { Worker } from "node:worker_threads";
import { setUdfReader } from "../../widgets/map/udf-reader.ts";
import { setWidgetLink } from "../../widgets/widget-link.ts";
import type { CellScope } from "./cell-scope.ts";
import { describeError } from "./describe-error.ts";
import type { ToMain } from "./records.ts";
import type { Reporter } from "./reporter.ts";
import { loadSdk } from "./when-needed.ts";

type Listener = (kind: string, fields: Record<string, unknown>, buffers: Uint8Array[]) => void;

/** Connects the handles of widgets in cells with their halves in the kernel process. */
export function linkWidgets(agent: Worker, reporter: Reporter, scope: CellScope): void {
  setUdfReader((udf) => loadSdk().udfSource(udf));
  const listeners = new Map<string, { listener: Listener; execution: number }[]>();
  setWidgetLink({
    register: (definition) => reporter.message({ type: "widget.define", execution: reporter.execution(), definition }),
    send: (id, kind, fields = {}, buffers = []) =>
      reporter.message({ type: "widget", execution: reporter.execution(), id, kind, fields, buffers }),
    listen(id, listener) {
      const entry = { listener, execution: reporter.execution() };
      listeners.set(id, [...(listeners.get(id) ?? []), entry]);
      return () => {
        const left = (listeners.get(id) ?? []).filter((each) => each !== entry);
        if (left.length > 0) listeners.set(id, left);
        else listeners.delete(id);
      };
    },
  });
  agent.on("message", (message: ToMain) => {
    if (message.type !== "widget") return;
    for (const { listener, execution } of listeners.get(message.id) ?? []) {
      // What a listener prints belongs to the cell that made the display.
      scope.run(execution, () => {
        try {
          listener(message.kind, message.fields, message.buffers);
        } catch (error) {
          const what = `In a listener of widget ${message.id}`;
          reporter.message({ type: "stray", execution, what, error: describeError(error) });
        }
      });
    }
  });
}
