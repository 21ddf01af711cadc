import { widgetTarget } from "../../widget-payload.ts";
import type { CommLine, LoaderComms } from "../comms.ts";
import { freshId } from "../loader/fresh-id.ts";

/** What anywidget gives to a widget's code (https://anywidget.dev/en/afm/). */
export interface AnyModel {
  get(name: string): unknown;
  send(content: object): void;
  on(event: "msg:custom", listener: (content: ModelMessage, buffers?: readonly DataView[]) => void): void;
}

/** A comm's message within a model's. All pages hear what the kernel sends: each knows its lines by their names. */
export interface ModelMessage {
  line: string;
  type: "comm_open" | "comm_msg" | "comm_close";
  target?: string;
  data: unknown;
}

/** Comms within the comm of a model of ipywidgets. */
export function modelComms(model: AnyModel): LoaderComms {
  const lines = new Map<string, { message(data: unknown, buffers: DataView[]): void; closed(): void }>();
  model.on("msg:custom", ({ line: id, type, data }, buffers = []) => {
    const line = lines.get(id);
    if (type === "comm_msg") line?.message(data, [...buffers]);
    else if (type === "comm_close") line?.closed();
  });
  return {
    front: "anywidget",
    open(data, target = widgetTarget) {
      const id = freshId();
      const send = (message: Omit<ModelMessage, "line">): void => model.send({ line: id, ...message });
      const line = { message(_data: unknown, _buffers: DataView[]) {}, closed() {} };
      lines.set(id, line);
      send({ type: "comm_open", target, data });
      const opened: CommLine = {
        send: (message) => send({ type: "comm_msg", data: message }),
        onMessage: (listener) => void (line.message = listener),
        onClose: (listener) => void (line.closed = listener),
        close() {
          if (lines.delete(id)) send({ type: "comm_close", data: {} });
        },
      };
      return opened;
    },
    // A model does not learn of its kernel's end.
    onKernel: () => () => {},
  };
}
