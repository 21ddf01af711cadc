import type { Kernel } from "../kernel.ts";
import type { Handler } from "../receive.ts";
import type { Message } from "../wire.ts";

let waiting: ((value: string) => void) | undefined;

/** Asks the front end whose cell is running for a line (`input_request` on stdin). */
export function askForInput(kernel: Kernel, of: Message, prompt: string, password: boolean): Promise<string> {
  kernel.iopub.flush();
  const answer = new Promise<string>((resolve) => (waiting = resolve));
  kernel.send("stdin", of, "input_request", { prompt, password });
  return answer;
}

/** An `input_reply` that nobody waits for (its cell was interrupted) is dropped. */
export const inputReply: Handler = (_kernel, { message }) => {
  const resolve = waiting;
  const { value } = message.content;
  waiting = undefined;
  resolve?.(typeof value === "string" ? value : "");
};
