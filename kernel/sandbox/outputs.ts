import type { Channel } from "../channel.ts";
import type { FromSession, ToSession } from "../session/messages.ts";

/** What a sandboxed notebook puts out, in the order in which it did, though some of it takes time to draw. */
export interface Outputs {
  text(name: "stdout" | "stderr", execution: number, text: string): void;
  /** What is to happen when all before it has gone out. */
  next(work: () => void | Promise<void>): void;
  /** Sends a message when all before it has gone out. */
  send(message: FromSession): void;
  /** Sends the text that waits. */
  flush(): void;
  /** Resolves when the kernel takes more; undefined where it does already. */
  room(): Promise<void> | undefined;
}

/** Bytes that the kernel may be behind before the notebook waits. */
const pendingLimit = 8 << 20;
const longestPiece = 1 << 20;

export function createOutputs(kernel: Channel<ToSession, FromSession>): Outputs {
  const queue: (() => void | Promise<void>)[] = [];
  let isWorking = false;
  let waiting: { name: "stdout" | "stderr"; execution: number; pieces: string[]; size: number } | undefined;
  let timer: NodeJS.Immediate | undefined;

  const flush = (): void => {
    if (timer) clearImmediate(timer);
    timer = undefined;
    if (!waiting) return;
    const { name, execution, pieces } = waiting;
    waiting = undefined;
    kernel.send({ type: "stream", execution, name, text: pieces.join("") });
  };
  const print = (name: "stdout" | "stderr", execution: number, text: string): void => {
    if (waiting && (waiting.name !== name || waiting.execution !== execution || waiting.size > longestPiece)) flush();
    waiting ??= { name, execution, pieces: [], size: 0 };
    waiting.pieces.push(text);
    waiting.size += text.length;
    timer ??= setImmediate(flush);
  };
  const workOff = async (): Promise<void> => {
    isWorking = true;
    for (let work = queue.shift(); work; work = queue.shift()) {
      try {
        await work();
      } catch (error) {
        print("stderr", 0, `${String((error as Error).message)}\n`);
      }
    }
    isWorking = false;
  };
  const next = (work: () => void | Promise<void>): void => {
    queue.push(async () => {
      flush();
      await work();
    });
    if (!isWorking) void workOff();
  };
  return {
    flush,
    next,
    text(name, execution, text) {
      if (isWorking) queue.push(() => print(name, execution, text));
      else print(name, execution, text);
    },
    send(message) {
      if (isWorking) return next(() => kernel.send(message));
      flush();
      kernel.send(message);
    },
    room: () => (kernel.pending() > pendingLimit ? kernel.drained() : undefined),
  };
}
