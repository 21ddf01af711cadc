import type { WebSocket } from "ws";
import { Outbox } from "./outbox.ts";
import { frameFormat } from "./websocket-frames.ts";
import { MessageError } from "./message.ts";
import type { KernelMessage } from "./message.ts";

/** Milliseconds for which outputs are kept for a client: that closed its socket, and whose socket broke. */
const patience = { closed: 60_000, broken: 6 * 3600_000 };

/**
 * One client of a kernel, known by its session id: its socket while it has one, what waits for it, and the names of the
 * sessions that it sends under.
 */
export class ClientLink {
  readonly id: string;
  readonly sessions: Set<string>;
  readonly outbox: Outbox;
  readonly #onMessage: (message: KernelMessage) => void;
  readonly #onGone: () => void;
  #socket: WebSocket | undefined;
  #forget: NodeJS.Timeout | undefined;

  /** @param onGone called when the client is not expected to come back */
  constructor(id: string, onMessage: (message: KernelMessage) => void, onGone: () => void) {
    this.id = id;
    this.sessions = new Set([id]);
    this.#onMessage = onMessage;
    this.#onGone = onGone;
    this.outbox = new Outbox(() => this.#giveUp());
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Takes a new socket in place of the one before; what waits goes out first. */
  attach(socket: WebSocket): void {
    clearTimeout(this.#forget);
    this.#detach()?.close(1000, "the same client has connected again");
    this.#socket = socket;
    const format = frameFormat(socket.protocol);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      let message: KernelMessage;
      try {
        message = format.decode(data, isBinary);
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        // 1003: a kind of data that cannot be accepted (RFC 6455).
        return socket.close(1003, error.message.slice(0, 120));
      }
      if (message.header.session) this.sessions.add(message.header.session);
      this.#onMessage(message);
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", (code: number) => {
      if (this.#socket === socket) this.#lost(code);
    });
    this.outbox.connect({
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (message, done) => socket.send(format.encode(message), done),
    });
  }

  /** @param code of RFC 6455; 1012 asks the client to come back, 1000 tells it not to */
  close(code: number, reason: string): void {
    clearTimeout(this.#forget);
    this.#detach()?.close(code, reason);
  }

  #lost(code: number): void {
    this.#detach();
    // A page that is left or loaded anew never comes back under this session.
    if (code === 1001) return this.#onGone();
    const wait = code === 1000 || code === 1005 ? patience.closed : patience.broken;
    this.#forget = setTimeout(this.#onGone, wait).unref();
  }

  #giveUp(): void {
    process.stderr.write("[lab] a page was disconnected: more than 200 MB of messages were waiting for it\n");
    this.outbox.clear();
    this.#detach()?.terminate();
    this.#onGone();
  }

  #detach(): WebSocket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    this.outbox.disconnect();
    return socket;
  }
}
