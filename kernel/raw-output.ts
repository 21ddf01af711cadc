import { readSync } from "node:fs";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";

/** What native code and child processes write to a pipe of the session's. */
export interface RawOutput {
  /** Takes what stands in the pipe now: a cell has ended, and this came before its end. */
  take(): Promise<void>;
}

/** A child that never stops writing is read so many pieces at a time. */
const mostPieces = 64;
const piece = Buffer.allocUnsafeSlow(1 << 16);

export function readRawOutput(pipe: Readable, onText: (text: string) => void): RawOutput {
  const decoder = new StringDecoder("utf8");
  const pass = (bytes: Buffer): void => {
    const text = decoder.write(bytes);
    if (text !== "") onText(text);
  };
  pipe.on("data", pass);
  pipe.on("error", () => {});
  return {
    async take() {
      const { fd = -1 } = (pipe as { _handle?: { fd?: number } | null })._handle ?? {};
      // Windows' pipes cannot be read beside their stream: what stands in them comes soon.
      if (fd < 0) return pipe.readableEnded ? undefined : sleep(5);
      const { stackTraceLimit } = Error;
      // That there is no more is said by an error, at the end of each cell.
      Error.stackTraceLimit = 0;
      try {
        for (let i = 0; i < mostPieces; i++) {
          const count = readSync(fd, piece);
          if (count === 0) return;
          pass(piece.subarray(0, count));
        }
      } catch {
        // Nothing more stands in it.
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
    },
  };
}
