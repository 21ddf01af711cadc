import { contentOf, weight } from "./message.ts";
import type { KernelMessage } from "./message.ts";

/** How much stood where nothing stands any more. */
export interface Dropped {
  lines: number;
  bytes: number;
  outputs: number;
}

interface Base {
  /** The request that it is an output of. */
  parentId: string;
  weight: number;
  message: KernelMessage;
}

/** Never left out: status, replies, errors, comms. */
export interface Kept extends Base {
  kind: "kept";
}

/** A display or a result. */
export interface Output extends Base {
  kind: "output";
  /** display_id of an update: a later update takes its place. */
  updates?: string;
}

/** Printed text, and what was left out before it; the message lends it header and parent. */
export interface Text extends Base {
  kind: "text";
  name: string;
  pieces: string[];
  dropped: Dropped;
}

export type Entry = Kept | Output | Text;

const perPiece = 64;
const nothing: Dropped = { lines: 0, bytes: 0, outputs: 0 };

/** What a message is to the outbox. */
export function entryFor(message: KernelMessage): Entry {
  const base = { message, parentId: message.parent.msg_id ?? "", weight: weight(message) };
  if (message.channel !== "iopub") return { ...base, kind: "kept" };
  switch (message.header.msg_type) {
    case "stream":
      // Read when it has to wait: most never do.
      return new UnreadText(message, base.parentId, base.weight);
    case "display_data":
    case "execute_result":
      return { ...base, kind: "output" };
    case "update_display_data":
      return { ...base, kind: "output", updates: displayId(message) };
    default:
      return { ...base, kind: "kept" };
  }
}

class UnreadText implements Text {
  readonly kind = "text";
  readonly message: KernelMessage;
  readonly parentId: string;
  weight: number;
  dropped: Dropped = nothing;
  #read: { name: string; pieces: string[] } | undefined;

  constructor(message: KernelMessage, parentId: string, bytes: number) {
    this.message = message;
    this.parentId = parentId;
    this.weight = bytes;
  }

  get name(): string {
    return this.#content().name;
  }

  get pieces(): string[] {
    return this.#content().pieces;
  }

  #content(): { name: string; pieces: string[] } {
    if (this.#read) return this.#read;
    const { name, text } = contentOf(this.message);
    this.#read = { name: String(name), pieces: [String(text)] };
    return this.#read;
  }
}

function displayId(message: KernelMessage): string | undefined {
  const { transient } = contentOf(message) as { transient?: { display_id?: unknown } };
  return typeof transient?.display_id === "string" ? transient.display_id : undefined;
}

/**
 * Leaves out the oldest text and the oldest outputs, and keeps the order of all that stays.
 * @param excessText bytes of text that must go, as far as the newest piece allows
 * @param excessOutput the same for displays and results
 */
export function compactEntries(queue: Entry[], excessText: number, excessOutput: number): Entry[] {
  const lastText = queue.findLast(({ kind }) => kind === "text");
  const lastOutput = queue.findLast(({ kind }) => kind === "output");
  const result: Entry[] = [];
  for (const entry of queue) {
    if (entry.kind === "output" && excessOutput > 0 && entry !== lastOutput) {
      excessOutput -= entry.weight;
      append(result, leftOutOutput(entry));
    } else if (entry.kind === "text" && excessText > 0) {
      const shorter = shortened(entry, excessText, entry === lastText);
      excessText -= entry.weight - shorter.weight;
      append(result, shorter);
    } else {
      append(result, entry);
    }
  }
  return result;
}

function leftOutOutput({ message, parentId, weight: bytes }: Output): Text {
  const dropped = { lines: 0, bytes, outputs: 1 };
  return {
    kind: "text",
    name: "stderr",
    pieces: [],
    message: withoutBody(message),
    parentId,
    weight: perPiece,
    dropped,
  };
}

function shortened(text: Text, excess: number, keepLast: boolean): Text {
  const most = text.pieces.length - (keepLast ? 1 : 0);
  let count = 0;
  let gone = 0;
  let lines = 0;
  let bytes = 0;
  for (; count < most && gone < excess; count++) {
    const piece = text.pieces[count]!;
    gone += piece.length + perPiece;
    bytes += piece.length;
    for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", at + 1)) lines++;
  }
  const pieces = text.pieces.slice(count);
  const left = pieces.reduce((sum, piece) => sum + piece.length + perPiece, perPiece);
  const dropped = sum(text.dropped, { lines, bytes, outputs: 0 });
  return { ...base(text), kind: "text", name: text.name, pieces, weight: left, dropped };
}

function append(queue: Entry[], entry: Entry): void {
  const last = queue.at(-1);
  if (last?.kind === "text" && entry.kind === "text" && last.parentId === entry.parentId && last.pieces.length === 0) {
    queue.pop();
    const { name, pieces, weight: bytes, dropped } = entry;
    queue.push({ ...base(entry), kind: "text", name, pieces, weight: bytes, dropped: sum(last.dropped, dropped) });
    return;
  }
  queue.push(entry);
}

function base({ message, parentId }: Entry): { message: KernelMessage; parentId: string } {
  return { message: withoutBody(message), parentId };
}

/** Lets go of the bytes that nobody will send. */
function withoutBody(message: KernelMessage): KernelMessage {
  const [header, parent] = message.parts;
  return { ...message, parts: [header, parent, Buffer.from("{}"), Buffer.from("{}")], buffers: [] };
}

function sum(a: Dropped, b: Dropped): Dropped {
  return { lines: a.lines + b.lines, bytes: a.bytes + b.bytes, outputs: a.outputs + b.outputs };
}
