import type { WidgetKind } from "../widget-payload.ts";
import { pageCaps } from "./caps.ts";
import type { CommLine, Comms } from "./comms.ts";

/** `gone`: no kernel, or one that does not know the widget. */
export type TransportState = "connecting" | "live" | "gone";

export type Fields = Record<string, unknown>;
export type MessageListener = (kind: string, fields: Fields, buffers: DataView[]) => void;

/** The line from one widget on a page to its half in the kernel. */
export interface Transport {
  readonly front: string;
  readonly state: TransportState;
  /** Dropped unless live. */
  send(kind: string, fields?: Fields): void;
  onMessage(listener: MessageListener): () => void;
  onState(listener: (state: TransportState) => void): () => void;
  close(): void;
}

/** How long a kernel may take to say that it knows a widget, milliseconds: it may be starting. */
const patience = 15_000;

/**
 * Connects a widget through a front end's comms: opens the comm, waits for the kernel's word, and opens it again when
 * a kernel comes back after a lost socket or a restart.
 */
export function connect(comms: Comms, { id, kind }: { id: string; kind: WidgetKind }): Transport {
  const messages = new Set<MessageListener>();
  const states = new Set<(state: TransportState) => void>();
  let state: TransportState = "connecting";
  let line: CommLine | undefined;
  let attempt = 0;

  const become = (next: TransportState): void => {
    if (state === next) return;
    state = next;
    for (const listener of states) listener(next);
  };
  const open = async (): Promise<void> => {
    const own = ++attempt;
    line = undefined;
    become("connecting");
    const data = { proto: 1, id, kind, front: comms.front, caps: pageCaps() };
    const opened = await Promise.resolve(comms.open(data)).catch(() => undefined);
    if (own !== attempt) return opened?.close();
    if (!opened) return become("gone");
    line = opened;
    const late = setTimeout(() => own === attempt && state === "connecting" && become("gone"), patience);
    opened.onMessage((content, buffers) => {
      if (own !== attempt) return;
      const { kind: said, ...fields } = content as { kind: string } & Fields;
      clearTimeout(late);
      if (said === "expired") return become("gone");
      if (said === "opened") become("live");
      for (const listener of messages) listener(said, fields, buffers);
    });
    opened.onClose(() => {
      if (own !== attempt) return;
      clearTimeout(late);
      line = undefined;
      become("gone");
    });
  };
  const unhear = comms.onKernel((isAlive) => {
    if (isAlive) return void open();
    attempt++;
    line = undefined;
    become("gone");
  });
  void open();

  return {
    front: comms.front,
    get state() {
      return state;
    },
    send(said, fields = {}) {
      if (state === "live") line?.send({ kind: said, ...fields });
    },
    onMessage(listener) {
      messages.add(listener);
      return () => messages.delete(listener);
    },
    onState(listener) {
      states.add(listener);
      return () => states.delete(listener);
    },
    close() {
      attempt++;
      unhear();
      line?.close();
      line = undefined;
      become("gone");
    },
  };
}

/** The line of a page without a kernel. */
export function noTransport(front = "page"): Transport {
  return { front, state: "gone", send() {}, onMessage: () => () => {}, onState: () => () => {}, close() {} };
}
