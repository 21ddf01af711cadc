import type { Calls } from "./calls.ts";
import { shared, type Outward } from "./channel.ts";

const refusal = "This front end does not take input (allow_stdin is false): put the value in the cell.";

/** `prompt`, `confirm` and `input`. */
export function makePrompts(outward: Outward, calls: Calls, memory: SharedArrayBuffer, execution: () => number) {
  const ints = new Int32Array(memory, 0, 4);
  return {
    /** Holds the isolate until the line comes; null where the front end cannot ask. */
    now(text: string, password: boolean): string | null {
      Atomics.store(ints, shared.state, 0);
      outward.tell("prompt", execution(), text, password);
      while (Atomics.load(ints, shared.state) === 0) Atomics.wait(ints, shared.state, 0, 1000);
      if (Atomics.load(ints, shared.state) === 2) return null;
      const bytes = new Uint8Array(memory, shared.bytes, Atomics.load(ints, shared.length)).slice();
      return new TextDecoder().decode(bytes);
    },
    /** The same without holding anything. */
    async input(text: string, password = false): Promise<string> {
      const { value } = await calls.call("input", { text, password });
      if (typeof value !== "string") throw new Error(refusal);
      return value;
    },
  };
}
