import { connect, type Socket } from "node:net";
import type { ClientMessage, HostMessage } from "./engine-protocol.ts";
import type { LogLine, RunError, RunOptions, RunOutcome, RunRequest, RunTimes } from "./run-types.ts";
import { SentPlans } from "./sent-plans.ts";
import { readMessages, writeMessage } from "./socket-messages.ts";
import { valueFromParts, valueToParts } from "./value-parts.ts";
import { packValue, unpackValue } from "./values.ts";
import { NotEncodableError } from "./values/not-encodable.ts";

interface Pending {
  logs: LogLine[];
  onLog: RunOptions["onLog"];
  decodes: RunOptions["decodes"];
  settle(outcome: RunOutcome): void;
}

const noTimes: RunTimes = { queue: 0, prepare: 0, run: 0, encode: 0 };

/** A connection to an engine host. It keeps this process alive only while runs are under way. */
export class EngineConnection {
  /** False once the host is gone, or has asked to be left: new runs need a new connection. */
  isOpen = true;
  #socket: Socket;
  #pending = new Map<number, Pending>();
  #count = 0;
  #plans = new SentPlans();
  /** Why the host may have ended, in words, where somebody knows. */
  #explainLoss: () => Promise<string>;

  constructor(socket: Socket, explainLoss: () => Promise<string>) {
    this.#socket = socket;
    this.#explainLoss = explainLoss;
    socket.unref();
    readMessages(socket, ({ head, parts }) => void this.#receive(head as HostMessage, parts));
    socket.on("error", () => {});
    socket.on("close", () => void this.#lose());
  }

  /** Runs a UDF. Never rejects: what goes wrong is in the outcome. */
  async run(request: RunRequest, { signal, onLog, decodes }: RunOptions): Promise<RunOutcome> {
    if (signal?.aborted)
      return failure({ kind: "cancelled", name: "AbortError", message: "The run was cancelled.", stack: "" });
    const id = ++this.#count;
    if (!this.#socket.destroyed) this.#socket.ref();
    const outcome = new Promise<RunOutcome>((settle) => this.#pending.set(id, { logs: [], onLog, decodes, settle }));
    const cancel = () => this.#send({ type: "cancel", id });
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const value = valueToParts(await packValue(request.parameters));
      const plan = this.#plans.find(request, (number, shared, forget) => {
        this.#send({ type: "plan", plan: number, forget, ...shared }, [request.frame]);
      });
      this.#send({ type: "run", id, plan, value: value.head }, value.parts);
      if (signal?.aborted) cancel();
      // The host may have gone while the parameters were read.
      if (this.#socket.destroyed) void this.#lose();
      return await outcome;
    } catch (error) {
      if (!(error instanceof NotEncodableError)) throw error;
      const { name, message, valueType } = error;
      return failure({
        kind: "serialization",
        name,
        message: `The parameters cannot travel: ${message}`,
        stack: "",
        valueType,
      });
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#rest();
    }
  }

  /** Ends the connection; runs under way end as lost. */
  close(): void {
    this.isOpen = false;
    this.#socket.destroy();
  }

  #send(message: ClientMessage, parts?: Uint8Array[]): void {
    if (!this.#socket.destroyed) writeMessage(this.#socket, message, parts);
  }

  async #receive(message: HostMessage, parts: Uint8Array[]): Promise<void> {
    if (message.type === "retiring") {
      this.isOpen = false;
      if (this.#pending.size === 0) this.#rest();
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if (message.type === "log") {
      for (const line of message.lines) {
        pending.logs.push(line);
        pending.onLog?.(line);
      }
      return;
    }
    const { logs, settle, decodes } = pending;
    const { times } = message;
    if (message.status === "error") return settle({ status: "error", error: message.error, logs, times });
    try {
      const encoded = valueFromParts(message.value, parts);
      const value = decodes?.(encoded) === false ? undefined : await unpackValue(encoded);
      settle({ status: "ok", value, encoded, logs, times, bytes: message.bytes });
    } catch (error) {
      const text = `The result could not be read: ${(error as Error).message}`;
      settle({
        status: "error",
        error: { kind: "serialization", name: "SerializationError", message: text, stack: "" },
        logs,
        times,
      });
    }
  }

  /** Nothing is under way: let this process end, and a host that asked to be left. */
  #rest(): void {
    if (this.#socket.destroyed) return;
    this.#socket.unref();
    if (!this.isOpen) this.#socket.end();
  }

  async #lose(): Promise<void> {
    this.isOpen = false;
    if (this.#pending.size === 0) return;
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    const message = `The run was lost: ${await this.#explainLoss()} The next run starts anew.`;
    for (const { logs, settle } of lost) {
      settle({
        status: "error",
        error: { kind: "lost", name: "EngineLostError", message, stack: "" },
        logs,
        times: noTimes,
      });
    }
  }
}

function failure(error: RunError): RunOutcome {
  return { status: "error", error, logs: [], times: noTimes };
}

/** Connects to a host's socket. @throws the error of the socket */
export function connectSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
