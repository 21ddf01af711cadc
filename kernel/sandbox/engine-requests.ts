import type { Channel } from "../channel.ts";
import type { FromSession, ToSession } from "../session/messages.ts";

/** Asks the kernel for its engine host, which it starts at the first run. */
export function createEngineRequests(kernel: Channel<ToSession, FromSession>) {
  const waiting = new Map<number, { resolve(path: string): void; reject(error: Error): void }>();
  let last = 0;
  return {
    path(): Promise<string> {
      const id = ++last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        kernel.send({ type: "engine", id });
      });
    },
    answered(id: number, path: string | undefined, error: string | undefined): void {
      const found = waiting.get(id);
      waiting.delete(id);
      if (path === undefined) found?.reject(new Error(error ?? "The engine host could not be started."));
      else found?.resolve(path);
    },
  };
}
