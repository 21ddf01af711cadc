import type { Channel } from "../channel.ts";
import { harmlessLine } from "./harmless-text.ts";
import type { FromSession, ToSession } from "../session/messages.ts";

/** Questions to the person at the front end, one at a time: what is typed answers the question that was shown, no other. */
export interface UserQuestions {
  /** @returns the line; null where the front end takes no input, or the cell was interrupted */
  ask(execution: number, prompt: string, password: boolean): Promise<string | null>;
  answered(execution: number, value: string | null): void;
  /** Whether a question is open. */
  isAsking(): boolean;
  /** Nobody waits for an answer any longer. */
  cancel(): void;
}

const longestLine = 1 << 20;

export function createUserQuestions(kernel: Channel<ToSession, FromSession>): UserQuestions {
  let last: Promise<unknown> = Promise.resolve();
  let open: { execution: number; settle: (value: string | null) => void } | undefined;
  let cancelled = 0;
  return {
    ask(execution, prompt, password) {
      const since = cancelled;
      const answer = last.then(() => {
        if (since !== cancelled) return null;
        return new Promise<string | null>((settle) => {
          open = { execution, settle };
          kernel.send({ type: "stdin", execution, prompt: harmlessLine(prompt), password });
        });
      });
      last = answer;
      return answer;
    },
    answered(execution, value) {
      if (open?.execution !== execution) return;
      open.settle(value === null ? null : value.slice(0, longestLine));
      open = undefined;
    },
    isAsking: () => open !== undefined,
    cancel() {
      cancelled++;
      open?.settle(null);
      open = undefined;
    },
  };
}
