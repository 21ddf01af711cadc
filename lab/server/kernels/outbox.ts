import { randomUUID } from "node:crypto";
import { Allowance } from "./allowance.ts";
import type { AllowanceLimits, Spending } from "./allowance.ts";
import { compactEntries, entryFor } from "./outbox-entries.ts";
import type { Entry, Text } from "./outbox-entries.ts";
import { leftOutNotice, tooMuchNotice } from "./notices.ts";
import { contentOf, weight, writeMessage } from "./message.ts";
import type { KernelMessage } from "./message.ts";

/** Where messages go: a WebSocket with its encoding. */
export interface Sink {
  /** Bytes that were given to it and have not left this process. */
  readonly bufferedAmount: number;
  send(message: KernelMessage, done: () => void): void;
}

/** All in bytes. */
export interface OutboxLimits extends AllowanceLimits {
  /** Nothing more is given to a sink that holds this much. */
  highWater: number;
  /** Printed text that waits, once the burst is used up; beyond it the oldest is left out. */
  text: number;
  /** Displays and results that wait; beyond it the oldest are left out. */
  outputs: number;
  /** Everything that waits; beyond it the client is given up. */
  everything: number;
}

const MB = 1e6;

export const defaultLimits: OutboxLimits = {
  highWater: 1 * MB,
  text: 1 * MB,
  outputs: 32 * MB,
  everything: 200 * MB,
  // JupyterLab lays out a text anew for every piece that is added: of 4 MB in about a second, of 15 MB in 5 to 15.
  burst: { text: 4 * MB, output: 64 * MB },
  perSecond: { text: 0.5 * MB, output: 4 * MB },
  perRequest: { text: 4 * MB, output: 256 * MB },
};

/**
 * Messages for one client of a kernel. They go out at once while the client keeps up; while it does not, or is away, they
 * wait here. What waits is bounded: prints are joined, replaced updates and cleared outputs go, then the oldest prints
 * and after them the oldest displays are left out, and a notice in their place says so. Status, replies, errors and comms
 * are never left out and never overtake outputs.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #onOverflow: () => void;
  #sink: Sink | undefined;
  #queue: Entry[] = [];
  #weights = { text: 0, output: 0, kept: 0 };
  /** This many entries at the head go out whatever the budget says. */
  #released = 0;
  readonly #allowance: Allowance;
  readonly #updates = new Map<string, Entry>();
  /** By request: what is said when the first of its outputs is held back for being too much. */
  readonly #owed = new Map<string, KernelMessage>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onOverflow called when what may not be left out has grown beyond every bound */
  constructor(onOverflow: () => void, limits: OutboxLimits = defaultLimits) {
    this.#limits = limits;
    this.#onOverflow = onOverflow;
    this.#allowance = new Allowance(limits);
  }

  /** Bytes that wait. */
  get waiting(): number {
    return this.#weights.text + this.#weights.output + this.#weights.kept;
  }

  connect(sink: Sink): void {
    this.#sink = sink;
    this.#released = this.#queue.length;
    this.#flush();
  }

  disconnect(): void {
    this.#sink = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Forgets what waits: the kernel that said it has been restarted. */
  clear(): void {
    this.#queue = [];
    this.#weights = { text: 0, output: 0, kept: 0 };
    this.#released = 0;
    this.#updates.clear();
  }

  push(message: KernelMessage): void {
    const entry = entryFor(message);
    if (this.#queue.length === 0 && this.#ready() && this.#affordable(entry.kind, entry.parentId)) {
      this.#send(entry.kind, entry.parentId, message);
    } else {
      this.#hold(entry);
      this.#flush();
    }
    if (isIdle(message)) this.#allowance.forget(entry.parentId);
    if (this.waiting > this.#limits.everything) this.#onOverflow();
  }

  #hold(entry: Entry): void {
    const notice = this.#owed.get(entry.parentId);
    if (notice && this.#sink) {
      // Only now is something held back. What comes at the request's end says itself what was left out.
      if (entry.kind !== "kept") this.#sink.send(notice, this.#onSent);
      this.#owed.delete(entry.parentId);
    }
    this.#enqueue(entry);
    const { text, outputs } = this.#limits;
    const left = this.#allowance.left("text");
    if (entry.kind === "kept") {
      // Nothing but outputs waits for the allowance: what is held back goes out now, or what is left of it.
      const tight = (kind: Spending) => (this.#allowance.left(kind) <= 0 ? 1 / 8 : 1);
      this.#shorten(Math.max(text, left) * tight("text"), outputs * tight("output"));
      this.#released = this.#queue.length;
    }
    // A client that is only slow gets what a quick one would have got.
    const mostText = this.#allowance.isUsedUp("text", entry.parentId) ? text : Math.max(text, left);
    this.#shorten(mostText, outputs);
  }

  #shorten(text: number, outputs: number): void {
    // Not for every message anew: what is gone over its bound goes back to three quarters.
    if (this.#weights.text > text || this.#weights.output > outputs) this.#compact(text * 0.75, outputs * 0.75);
  }

  #enqueue(entry: Entry): void {
    if (entry.kind === "text") {
      const last = this.#queue.at(-1);
      if (
        last?.kind === "text" &&
        last.parentId === entry.parentId &&
        last.name === entry.name &&
        last !== this.#head()
      ) {
        last.pieces.push(...entry.pieces);
        this.#add(last, entry.weight);
        return;
      }
    }
    if (entry.kind === "output" && entry.updates !== undefined) {
      const earlier = this.#updates.get(entry.updates);
      if (earlier?.kind === "output") {
        this.#add(earlier, entry.weight - earlier.weight);
        earlier.message = entry.message;
        return;
      }
      this.#updates.set(entry.updates, entry);
    }
    if (entry.kind === "kept" && entry.message.header.msg_type === "clear_output") this.#forgetOutputs(entry.parentId);
    this.#queue.push(entry);
    this.#weights[entry.kind] += entry.weight;
  }

  /** The entry that goes out next, where it may go out without asking the budget. */
  #head(): Entry | undefined {
    return this.#released > 0 ? this.#queue[0] : undefined;
  }

  #add(entry: Entry, bytes: number): void {
    entry.weight += bytes;
    this.#weights[entry.kind] += bytes;
  }

  #forgetOutputs(parentId: string): void {
    const gone = (entry: Entry) =>
      entry.parentId === parentId &&
      (entry.kind === "text" || (entry.kind === "output" && entry.updates === undefined));
    this.#replaceQueue(this.#queue.filter((entry) => !gone(entry)));
  }

  #compact(text: number, outputs: number): void {
    this.#replaceQueue(
      compactEntries(this.#queue, Math.max(0, this.#weights.text - text), Math.max(0, this.#weights.output - outputs)),
    );
  }

  #replaceQueue(queue: Entry[]): void {
    if (this.#released > 0) this.#released = queue.length;
    this.#queue = queue;
    this.#weights = { text: 0, output: 0, kept: 0 };
    this.#updates.clear();
    for (const entry of queue) {
      this.#weights[entry.kind] += entry.weight;
      if (entry.kind === "output" && entry.updates !== undefined) this.#updates.set(entry.updates, entry);
    }
  }

  #flush(): void {
    let sent = 0;
    for (const entry of this.#queue) {
      if (!this.#ready()) break;
      if (this.#released === 0 && !this.#affordable(entry.kind, entry.parentId)) {
        this.#flushLater();
        break;
      }
      sent++;
      if (this.#released > 0) this.#released--;
      this.#weights[entry.kind] -= entry.weight;
      if (entry.kind === "output" && entry.updates !== undefined) this.#updates.delete(entry.updates);
      if (entry.kind === "text") this.#sendText(entry);
      else this.#send(entry.kind, entry.parentId, entry.message);
    }
    if (sent > 0) this.#queue.splice(0, sent);
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, 100).unref();
  }

  #sendText({ message, name, pieces, dropped, parentId }: Text): void {
    if (dropped.lines + dropped.bytes + dropped.outputs > 0) {
      this.#send("kept", parentId, this.#notice(message, leftOutNotice(dropped)));
    }
    if (pieces.length === 0) return;
    const parts = [...message.parts] as KernelMessage["parts"];
    parts[3] = Buffer.from(JSON.stringify({ name, text: pieces.join("") }));
    this.#send("text", parentId, { ...message, parts });
  }

  #send(kind: Entry["kind"], parentId: string, message: KernelMessage): void {
    if (kind !== "kept") {
      const tooMuch = this.#allowance.spend(kind, parentId, weight(message));
      if (tooMuch !== undefined) this.#owed.set(parentId, this.#notice(message, tooMuchNotice(tooMuch)));
    }
    this.#sink!.send(message, this.#onSent);
  }

  readonly #onSent = (): void => {
    if (this.#queue.length > 0) this.#flush();
  };

  #notice(beside: KernelMessage, text: string): KernelMessage {
    const header = { msg_id: randomUUID(), msg_type: "stream", session: beside.header.session };
    return writeMessage("iopub", header, beside.parts[1], { name: "stderr", text });
  }

  #ready(): boolean {
    return this.#sink !== undefined && this.#sink.bufferedAmount < this.#limits.highWater;
  }

  #affordable(kind: Entry["kind"], parentId: string): boolean {
    return kind === "kept" || this.#allowance.allows(kind, parentId);
  }
}

function isIdle(message: KernelMessage): boolean {
  const status = message.channel === "iopub" && message.header.msg_type === "status";
  return status && contentOf(message).execution_state === "idle";
}
