import type { Reporter } from "./reporter.ts";

/**
 * Asks the person at the front end for a line and holds the thread until it comes, as `prompt()` does in a browser.
 * @returns the line, or null where the front end cannot ask
 */
export function promptNow(
  reporter: Reporter,
  memory: SharedArrayBuffer,
  text: string,
  password: boolean,
): string | null {
  const ints = new Int32Array(memory, 0, 2);
  Atomics.store(ints, 0, 0);
  reporter.message({ type: "stdin", execution: reporter.execution(), prompt: text, password });
  while (Atomics.load(ints, 0) === 0) Atomics.wait(ints, 0, 0, 1000);
  return answer(memory);
}

/** The same without holding the thread: other cells, timers and displays go on. */
export async function askForInput(
  reporter: Reporter,
  memory: SharedArrayBuffer,
  text: string,
  { password = false }: { password?: boolean },
): Promise<string> {
  const ints = new Int32Array(memory, 0, 2);
  Atomics.store(ints, 0, 0);
  reporter.message({ type: "stdin", execution: reporter.execution(), prompt: text, password });
  while (Atomics.load(ints, 0) === 0) await new Promise((wait) => setTimeout(wait, 10));
  const line = answer(memory);
  if (line === null)
    throw new Error("This front end does not take input (allow_stdin is false): put the value in the cell.");
  return line;
}

function answer(memory: SharedArrayBuffer): string | null {
  const ints = new Int32Array(memory, 0, 2);
  if (Atomics.load(ints, 0) === 2) return null;
  return Buffer.from(Buffer.from(memory, 8, ints[1])).toString();
}
