import type { Channel } from "../channel.ts";
import type { LanguageSlot } from "../language/language-slot.ts";
import { problemsText } from "../language/type-problems.ts";
import { createCellSources } from "./cell-sources.ts";
import { interruptChildren } from "./children.ts";
import type { Evaluator, Evaluated } from "./evaluate.ts";
import { stopBetweenLoads } from "./loading-gate.ts";
import type { FromSession, Outcome, ToSession } from "./messages.ts";
import type { RingReader } from "./read-ring.ts";
import { primitiveText } from "./primitive-text.ts";
import type { FromMain, ShownError, ToMain } from "./records.ts";
import { CellSyntaxError } from "./transpile.ts";

type Execute = Extract<ToSession, { type: "execute" }>;
type FromMainOf<T extends FromMain["type"]> = Extract<FromMain, { type: T }>;

interface Running {
  request: Execute;
  settle: (outcome: Outcome) => void;
  /** Ends what is evaluated after the cell itself: user expressions. */
  stop: (outcome: Outcome) => void;
}

export interface Executor {
  execute(request: Execute): Promise<void>;
  interrupt(): Promise<void>;
  finished(message: FromMainOf<"finished">): void;
  answered(message: FromMainOf<"answer">): void;
  evaluateMore(message: FromMainOf<"evaluate">): Promise<void>;
  askForInput(message: FromMainOf<"stdin">): void;
  showStray(message: FromMainOf<"stray">): void;
}

export interface ExecutorParts {
  kernel: Channel<ToSession, FromSession>;
  evaluator: Evaluator;
  ring: RingReader;
  gate: SharedArrayBuffer;
  tellMain: (message: ToMain) => void;
  language: LanguageSlot;
}

/** How long JavaScript that was told to stop may take before its child processes are ended, milliseconds. */
const patience = 100;

export function createExecutor({ kernel, evaluator, ring, gate, language }: ExecutorParts): Executor {
  const running = new Map<number, Running>();
  const answers = new Map<number, (message: FromMainOf<"answer">) => void>();
  const sources = createCellSources();
  let lastId = 0;
  let interrupting: Promise<void> | undefined;

  const evaluate = (request: Pick<Execute, "execution" | "count">, js: string, name: string): Promise<Evaluated> => {
    const { execution, count } = request;
    const begin = `await __fused.cell(${execution}, ${count}); if (__fused.halted(${execution})) await new Promise(() => {});`;
    const script = `${begin}\n${js}\n//# sourceURL=${name}`;
    // A termination that is under way would meet this code instead of what it was meant for.
    const result = interrupting ? interrupting.then(() => evaluator.run(script)) : evaluator.run(script);
    // Code that this interrupts would go on as part of this cell.
    if (running.size > 1) void evaluator.call("leave");
    return result;
  };

  const failure = ({ ename, evalue, stack }: ShownError): Outcome => ({
    status: "error",
    ename,
    evalue,
    traceback: sources.traceback(stack),
  });

  async function run(request: Execute): Promise<Outcome> {
    const name = `cell[${request.count}]`;
    let js: string;
    try {
      js = sources.transpile(name, request.code);
    } catch (error) {
      if (!(error instanceof CellSyntaxError)) throw error;
      return {
        status: "error",
        ename: error.name,
        evalue: error.message,
        traceback: sources.syntaxTraceback(name, error),
      };
    }
    const problems = language.typecheck === "error" ? await language.refuse(request.code) : [];
    if (problems.length > 0) {
      const traceback = [
        ...problemsText(problems, request.code, name).split("\n"),
        'The cell was not run: %config typecheck is "error".',
      ];
      return { status: "error", ename: "TypeCheckError", evalue: problems[0]!.message, traceback };
    }
    language.cellRuns({ source: request.code, execution: request.execution, name, silent: request.silent });
    const { promise: outcome, resolve: settle } = Promise.withResolvers<Outcome>();
    const { promise: stopped, resolve: stop } = Promise.withResolvers<Outcome>();
    running.set(request.execution, { request, settle, stop });
    void evaluate(request, js, name).then(
      ({ failed, value, release }) => {
        const execution = running.get(request.execution);
        if (!execution) return release();
        const text = failed ? undefined : primitiveText(value);
        if (text !== undefined) {
          // What the cell printed stands in the ring and comes first.
          ring.drain();
          if (text !== null && !request.silent)
            kernel.send({
              type: "result",
              execution: request.execution,
              bundle: { data: { "text/plain": text }, metadata: {} },
            });
          return execution.settle({ status: "ok", userExpressions: {} });
        }
        void evaluator
          .call("finish", { value: request.execution }, { value: failed }, value, { value: request.silent })
          .finally(release);
      },
      (error: Error) => {
        // The cell has ended the process: how, the kernel tells.
        if (/context was destroyed/.test(error.message)) return;
        running.get(request.execution)?.settle(failure(protocolError(error)));
      },
    );
    const settled = await outcome;
    if (settled.status !== "ok") return settled;
    const expressions = userExpressions(request).then((values): Outcome => ({ status: "ok", userExpressions: values }));
    return Promise.race([expressions, stopped]);
  }

  async function userExpressions(request: Execute): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    for (const [key, expression] of Object.entries(request.userExpressions)) {
      const id = ++lastId;
      try {
        const js = sources.transpile("expression", expression);
        const answer = new Promise<FromMainOf<"answer">>((resolve) => answers.set(id, resolve));
        const { failed, value, release } = await evaluate(request, js, "expression");
        await evaluator
          .call("answer", { value: request.execution }, { value: id }, { value: failed }, value)
          .finally(release);
        const { value: bundle, error } = await answer;
        values[key] = error ? expressionError(failure(error)) : { status: "ok", ...(bundle as object) };
      } catch (error) {
        values[key] = expressionError(failure(protocolError(error as Error)));
      }
      answers.delete(id);
    }
    return values;
  }

  /** Cells that are not done yet, and what became of the latest that are: what was sent behind them asks. */
  const ends = new Map<number, Promise<{ takesNextWithIt: boolean }>>();

  async function runInTurn(request: Execute): Promise<Outcome> {
    const before = request.behind === undefined ? undefined : ends.get(request.behind);
    if (before && (await before).takesNextWithIt) return { status: "aborted" };
    try {
      return await run(request);
    } catch (error) {
      return failure(protocolError(error as Error));
    }
  }

  async function interruptAll(): Promise<void> {
    const all = [...running.values()];
    const late = setTimeout(interruptChildren, patience);
    await stopBetweenLoads(gate, async () => {
      void evaluator.call("halt", ...all.map(({ request }) => ({ value: request.execution }))).catch(() => {});
      await evaluator.terminate();
    });
    clearTimeout(late);
    for (const { request, settle, stop } of all) {
      if (!running.has(request.execution)) continue;
      await evaluator.call("interrupt", { value: request.execution });
      const outcome: Outcome = {
        status: "error",
        ename: "Interrupted",
        evalue: "The cell was interrupted.",
        traceback: ["Interrupted: The cell was interrupted."],
        interrupted: true,
      };
      settle(outcome);
      stop(outcome);
    }
  }

  return {
    async execute(request) {
      const ending = runInTurn(request);
      const end = ending.then(({ status }) => ({
        takesNextWithIt: status === "aborted" || (status === "error" && request.stopOnError),
      }));
      ends.set(request.execution, end);
      if (ends.size > 64) ends.delete(ends.keys().next().value!);
      const outcome = await ending;
      running.delete(request.execution);
      ring.drain();
      kernel.send({ type: "done", execution: request.execution, outcome });
    },

    interrupt() {
      interrupting ??= interruptAll().finally(() => (interrupting = undefined));
      return interrupting;
    },

    finished({ execution, error }) {
      running.get(execution)?.settle(error ? failure(error) : { status: "ok", userExpressions: {} });
    },

    answered(message) {
      answers.get(message.id)?.(message);
    },

    async evaluateMore({ execution, id, source, firstLine }) {
      const request = running.get(execution)?.request;
      const count = request?.count ?? 0;
      const give = ({ failed, value, release }: Evaluated) =>
        evaluator.call("evaluated", { value: id }, { value: failed }, value).finally(release);
      try {
        const name = `cell[${count}]`;
        const js = sources.transpile(name, "\n".repeat(firstLine - 1) + source, id);
        await give(await evaluate({ execution, count }, js, sources.partName(name, id)));
      } catch (error) {
        const { message } = error as Error;
        const text =
          error instanceof CellSyntaxError ? `${message} (line ${error.line}, column ${error.column})` : message;
        const made = await evaluator.run(`new SyntaxError(${JSON.stringify(text)})`);
        await give({ ...made, failed: true });
      }
    },

    askForInput({ execution, prompt, password }) {
      kernel.send({ type: "stdin", execution, prompt, password });
    },

    showStray({ execution, what, error }) {
      const text = `${what}: ${sources.traceback(error.stack).join("\n")}\n`;
      kernel.send({ type: "stream", execution, name: "stderr", text });
    },
  };
}

function expressionError(outcome: Outcome): object {
  if (outcome.status !== "error") return {};
  const { ename, evalue, traceback } = outcome;
  return { status: "error", ename, evalue, traceback };
}

function protocolError(error: Error): ShownError {
  return { ename: error.name, evalue: error.message, stack: `${error.name}: ${error.message}` };
}
