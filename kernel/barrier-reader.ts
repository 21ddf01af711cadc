import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Reads a pipe of the session's, takes the barriers out of the text and says when one was reached. */
export interface BarrierReader {
  /** Resolves when the barrier of an execution has been read; or after a short wait, where it could not be written. */
  reached(execution: number): Promise<void>;
}

const longestWait = 500;

export function createBarrierReader(pipe: Readable, token: string, onText: (text: string) => void): BarrierReader {
  const decoder = new StringDecoder("utf8");
  const mark = new RegExp(`\\u0000${token}:(\\d+)\\u0000`);
  let held = "";
  let last = -1;
  let waiting: { execution: number; resolve: () => void }[] = [];

  const passed = (execution: number) => {
    last = execution;
    waiting = waiting.filter((each) => {
      if (each.execution > last) return true;
      each.resolve();
      return false;
    });
  };
  pipe.on("data", (chunk: Buffer) => {
    held += decoder.write(chunk);
    for (let found = mark.exec(held); found; found = mark.exec(held)) {
      if (found.index > 0) onText(held.slice(0, found.index));
      held = held.slice(found.index + found[0].length);
      passed(Number(found[1]));
    }
    // What may be the beginning of a barrier waits for the rest.
    const start = held.lastIndexOf("\u0000");
    const keep = start >= 0 && held.length - start < token.length + 16 ? start : held.length;
    if (keep > 0) onText(held.slice(0, keep));
    held = held.slice(keep);
  });
  pipe.on("end", () => {
    if (held) onText(held);
    passed(Infinity);
  });
  pipe.on("error", () => passed(Infinity));
  return {
    reached(execution) {
      if (last >= execution) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, longestWait);
        waiting.push({
          execution,
          resolve() {
            clearTimeout(timer);
            resolve();
          },
        });
      });
    },
  };
}
