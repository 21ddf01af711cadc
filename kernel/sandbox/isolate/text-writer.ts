import { shared, type Outward } from "./channel.ts";

/** What may be under way to the host before it is asked to catch up: pieces, characters. */
const mostPieces = 256;
const mostCharacters = 1 << 18;
/** One piece, characters. */
const longestPiece = 1 << 22;

/** Sends what is printed, and waits where the host or the front end is behind: output takes no memory without bounds. */
export function makeTextWriter(outward: Outward, memory: SharedArrayBuffer, execution: () => number) {
  const ints = new Int32Array(memory, 0, 4);
  let pieces = 0;
  let characters = 0;
  const flow = (): void => {
    if (pieces === 0) return;
    pieces = 0;
    characters = 0;
    if (outward.ask("flow", "") !== true) return;
    while (Atomics.load(ints, shared.pressure) === 1) Atomics.wait(ints, shared.pressure, 1, 1000);
  };
  return {
    flow,
    write(stream: "stdout" | "stderr", text: string): void {
      for (let at = 0; at < text.length; at += longestPiece) {
        const piece = text.slice(at, at + longestPiece);
        outward.tell("text", stream, execution(), piece);
        characters += piece.length;
        if (++pieces >= mostPieces || characters >= mostCharacters) flow();
      }
    },
  };
}
