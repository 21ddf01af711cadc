import type { Worker } from "node:worker_threads";
import type { CellScope } from "./cell-scope.ts";
import type { CommMessage } from "./messages.ts";
import type { ToMain } from "./records.ts";
import type { Reporter } from "./reporter.ts";

/** Questions of the main thread that the agent answers: evaluate more code, start the engine, look a name up. */
export interface MainCalls {
  /** Evaluates TypeScript as a cell would; its value, or its error, comes back. */
  evaluate(source: string, firstLine: number): Promise<unknown>;
  /** The agent calls this, through the inspector, with the value itself. */
  evaluated(id: number, failed: boolean, value: unknown): void;
  /** Path of the local socket of the engine host, which the kernel starts on first use. */
  engine(): Promise<string>;
  help(name: string, detail: number): Promise<void>;
  /** The cells that this session has run, oldest first. */
  history(): Promise<{ count: number; source: string }[]>;
}

export function openMainCalls(
  agent: Worker,
  reporter: Reporter,
  scope: CellScope,
  onComm: (execution: number, message: CommMessage) => void,
): MainCalls {
  let lastId = 0;
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  const ask = (send: (id: number) => void): Promise<unknown> => {
    const id = ++lastId;
    const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
    send(id);
    return answer;
  };
  const settle = (id: number): { resolve: (value: unknown) => void; reject: (error: unknown) => void } | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  agent.on("message", (message: ToMain) => {
    if (message.type === "engine") {
      const found = settle(message.id);
      if (message.error !== undefined) found?.reject(new Error(message.error));
      else found?.resolve(message.socketPath);
    } else if (message.type === "comm") onComm(message.execution, message.message);
    else if (message.type === "history") settle(message.id)?.resolve(message.entries);
    else if (message.type === "inspected") settle(message.id)?.resolve(message.text);
  });
  return {
    evaluate: (source, firstLine) =>
      ask((id) => reporter.message({ type: "evaluate", execution: reporter.execution(), id, source, firstLine })),
    evaluated(id, failed, value) {
      // In the next turn: the agent's call stands inside an inspector dispatch, where nothing else gets through.
      scope.detached(() =>
        setImmediate(() => {
          const found = settle(id);
          if (failed) found?.reject(value);
          else found?.resolve(value);
        }),
      );
    },
    engine: () =>
      ask((id) => reporter.message({ type: "engine", execution: reporter.execution(), id })) as Promise<string>,
    history: () =>
      ask((id) => reporter.message({ type: "history", execution: reporter.execution(), id })) as ReturnType<
        MainCalls["history"]
      >,
    async help(name, detail) {
      const execution = reporter.execution();
      const text = (await ask((id) => reporter.message({ type: "inspect", execution, id, name, detail }))) as string;
      reporter.message({
        type: "payload",
        execution,
        payload: { source: "page", data: { "text/plain": text }, start: 0 },
      });
    },
  };
}
