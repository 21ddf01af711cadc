import { randomUUID } from "node:crypto";
import { createExecutionQueue, type ExecutionQueue } from "./execution-queue.ts";

/** Queues of cells that run beside one another (JEP 91, "kernel subshells"): the main shell's, and one for each subshell. */
export interface Subshells {
  create(): string;
  list(): string[];
  /** @returns false where there is no such subshell */
  delete(id: string): boolean;
  /** The queue of a message: the main shell's where its header names no subshell, undefined where it names an unknown one. */
  queue(id: string | null | undefined): ExecutionQueue | undefined;
}

export function createSubshells(): Subshells {
  const main = createExecutionQueue();
  const queues = new Map<string, ExecutionQueue>();
  return {
    create() {
      const id = randomUUID();
      queues.set(id, createExecutionQueue());
      return id;
    },
    list: () => [...queues.keys()],
    delete: (id) => queues.delete(id),
    queue: (id) => (id === undefined || id === null ? main : queues.get(id)),
  };
}
