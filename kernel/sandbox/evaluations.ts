import type { ShownError } from "../session/records.ts";

/** Evaluations in the notebook that a magic on the host's side has asked for. */
export interface Evaluations {
  evaluate(execution: number, source: string, firstLine: number): Promise<unknown>;
  /** An evaluation that the notebook itself asks for, under a number of its own; it keeps the value. */
  pass(execution: number, id: number, source: string, firstLine: number): void;
  settled(id: number, value: unknown, error: ShownError | undefined): void;
}

export function createEvaluations(
  run: (execution: number, id: number, source: string, firstLine: number) => void,
): Evaluations {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  return {
    evaluate(execution, source, firstLine) {
      // Odd numbers are the notebook's own.
      const id = ++last * 2;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        run(execution, id, source, firstLine);
      });
    },
    pass: run,
    settled(id, value, error) {
      const found = waiting.get(id);
      waiting.delete(id);
      if (!error) return found?.resolve(value);
      const { ename, evalue, stack } = error;
      const thrown = Object.assign(new Error(evalue), { [Symbol.for("fused.traceback")]: stack });
      found?.reject(Object.defineProperty(thrown, "name", { value: ename }));
    },
  };
}
