import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import type { CellScope } from "./cell-scope.ts";
import { describeError } from "./describe-error.ts";
import type { CommMessage } from "./messages.ts";
import type { Reporter } from "./reporter.ts";

export interface CommOptions {
  metadata?: Record<string, unknown>;
  buffers?: Uint8Array[];
}

export interface ReceivedMessage {
  data: unknown;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** A line to an object of the front end (messaging spec, "Custom Messages"). */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: unknown, options?: CommOptions): void;
  close(data?: unknown, options?: CommOptions): void;
  /** Called for every message from the front end; a later call adds a listener. */
  onMessage(listener: (message: ReceivedMessage) => void): void;
  onClose(listener: (message: ReceivedMessage) => void): void;
}

/** What cells know as `jupyter`: the messages of the Jupyter protocol that have no function of their own. */
export interface Jupyter {
  /** Opens a comm to a target that the front end knows, e.g. `jupyter.widget`. */
  openComm(target: string, data?: unknown, options?: CommOptions & { id?: string }): Comm;
  /** Says who takes the comms that front ends open under a target's name. */
  onComm(target: string, listener: (comm: Comm, message: ReceivedMessage) => void): void;
  /** Sends any message on iopub, as `Deno.jupyter.broadcast` does. */
  broadcast(type: string, content: Record<string, unknown>, options?: CommOptions): void;
}

interface OpenComm extends Comm {
  deliver(type: "message" | "close", message: ReceivedMessage): void;
}

/** Comm target by which front ends that draw Jupyter widgets ask for their states; the kernel answers them itself. */
const widgetControl = "jupyter.widget.control";

export interface SessionComms {
  /** The object for cells. */
  jupyter: Jupyter;
  /** Takes what front ends send. */
  receive(execution: number, message: CommMessage): void;
  /** Whether a front end is there that draws Jupyter widgets. */
  hasWidgets(): boolean;
}

export function createComms(reporter: Reporter, scope: CellScope): SessionComms {
  let hasWidgets = false;
  const open = new Map<string, OpenComm>();
  const targets = new Map<string, (comm: Comm, message: ReceivedMessage) => void>();

  const publish = (
    type: string,
    content: Record<string, unknown>,
    { metadata = {}, buffers = [] }: CommOptions = {},
  ): void => {
    for (const buffer of buffers) {
      if (!ArrayBuffer.isView(buffer))
        throw new TypeError(`A buffer of a message is a Uint8Array; this one is ${inspect(buffer, { depth: 0 })}.`);
    }
    const bytes = buffers.map((each) => new Uint8Array(each.buffer, each.byteOffset, each.byteLength));
    reporter.message({
      type: "publish",
      execution: reporter.execution(),
      message: { type, content, metadata, buffers: bytes },
    });
  };

  function create(id: string, target: string): OpenComm {
    const listeners: Record<"message" | "close", ((message: ReceivedMessage) => void)[]> = { message: [], close: [] };
    const comm: OpenComm = {
      id,
      target,
      send: (data, options) => publish("comm_msg", { comm_id: id, data: data ?? {} }, options),
      close(data, options) {
        if (open.delete(id)) publish("comm_close", { comm_id: id, data: data ?? {} }, options);
      },
      onMessage: (listener) => void listeners.message.push(listener),
      onClose: (listener) => void listeners.close.push(listener),
      deliver: (type, message) => listeners[type].forEach((listener) => listener(message)),
    };
    open.set(id, comm);
    return comm;
  }

  return {
    hasWidgets: () => hasWidgets,
    jupyter: {
      openComm(target, data = {}, { id = randomUUID(), ...options } = {}) {
        const comm = create(id, target);
        publish("comm_open", { comm_id: id, target_name: target, data }, options);
        return comm;
      },
      onComm: (target, listener) => void targets.set(target, listener),
      broadcast: publish,
    },
    receive(execution, { type, content, metadata, buffers }) {
      const id = String(content.comm_id);
      const message = { data: content.data, metadata, buffers };
      scope.run(execution, () => {
        try {
          if (type === "comm_open") {
            const target = String(content.target_name);
            const listener = targets.get(target);
            if (target === widgetControl) hasWidgets = true;
            else if (listener) listener(create(id, target), message);
            // The spec asks the side that does not know the target to close the comm at once.
            else publish("comm_close", { comm_id: id, data: {} });
          } else if (type === "comm_msg") open.get(id)?.deliver("message", message);
          else {
            open.get(id)?.deliver("close", message);
            open.delete(id);
          }
        } catch (error) {
          reporter.message({
            type: "stray",
            execution,
            what: `In a listener of comm ${id}`,
            error: describeError(error),
          });
        } finally {
          reporter.message({ type: "delivered", execution });
        }
      });
    },
  };
}
