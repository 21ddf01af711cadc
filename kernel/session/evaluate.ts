import type { Session } from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";

/** A value in the main thread, as the inspector names it. */
export interface RemoteValue {
  type: string;
  subtype?: string;
  value?: unknown;
  unserializableValue?: string;
  objectId?: string;
  description?: string;
}

export interface Evaluated {
  failed: boolean;
  value: RemoteValue;
  /** The inspector keeps what it has named; to be called when nobody will ask for the value any more. */
  release(): void;
}

/** Evaluation in the session's main thread, through the inspector protocol. */
export interface Evaluator {
  /** Evaluates a script in REPL mode and waits for its top-level awaits. Never settles when it is terminated. */
  run(script: string): Promise<Evaluated>;
  /** Calls a method of the main thread's `__fused` object with JSON values and remote values. */
  call(method: string, ...args: (RemoteValue | { value: unknown })[]): Promise<void>;
  /** Evaluates an expression at once, inside the dispatch, without side effects where V8 can tell; for completion. */
  peek(expression: string): Promise<RemoteValue | undefined>;
  /** Names that cells have declared with `let`, `const` or `class`. */
  lexicalNames(): Promise<string[]>;
  /** Stops the JavaScript that runs in the main thread. */
  terminate(): Promise<void>;
}

/** A termination that takes longer than this, milliseconds, has been swallowed, or native code runs. */
const patience = 60;
/** The same for one by the debugger. */
const pausePatience = 10;

export async function createEvaluator(inspector: Session): Promise<Evaluator> {
  // Without a type for the whole protocol: each use below says what it expects.
  const post = <T>(method: string, parameters: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      inspector.post(method, parameters, (error: Error | null, result?: object) => {
        if (error) reject(error instanceof Error ? error : new Error((error as { message: string }).message));
        else resolve(result as T);
      });
    });
  const context = new Promise<number>((found) => {
    inspector.once("Runtime.executionContextCreated", (event: unknown) => {
      found((event as { params: { context: { id: number } } }).params.context.id);
    });
  });
  await post("Runtime.enable");
  const executionContextId = await context;
  let lastGroup = 0;

  /**
   * Native code between the frames, Node's handler of rejected promises for one, swallows a termination that meets it; V8
   * then takes no second one, believing that the first is under way. The debugger can still terminate what it has paused.
   */
  const terminateByDebugger = async (isStopped: () => boolean): Promise<void> => {
    const onPaused = (): void => void post("Debugger.resume", { terminateOnResume: !isStopped() }).catch(() => {});
    await post("Debugger.enable");
    inspector.on("Debugger.paused", onPaused);
    while (!isStopped()) {
      await post("Debugger.pause");
      await sleep(pausePatience);
    }
    await post("Debugger.disable");
    inspector.off("Debugger.paused", onPaused);
  };

  // The context's number is all that was wanted: enabled, every console call would be told to us with its stack.
  await post("Runtime.disable");
  return {
    async run(expression) {
      const objectGroup = `run ${++lastGroup}`;
      const { result, exceptionDetails } = await post<{
        result: RemoteValue;
        exceptionDetails?: { exception?: RemoteValue };
      }>("Runtime.evaluate", { expression, replMode: true, awaitPromise: true, generatePreview: false, objectGroup });
      const value = exceptionDetails?.exception ?? result;
      const release = () => {
        if (value.objectId) post("Runtime.releaseObjectGroup", { objectGroup }).catch(() => {});
      };
      return { failed: exceptionDetails !== undefined, value, release };
    },
    async call(method, ...args) {
      await post("Runtime.callFunctionOn", {
        functionDeclaration: `function(...args) { __fused[${JSON.stringify(method)}](...args); }`,
        executionContextId,
        arguments: args.map(asArgument),
        silent: true,
      });
    },
    async peek(expression) {
      const { result, exceptionDetails } = await post<{ result: RemoteValue; exceptionDetails?: object }>(
        "Runtime.evaluate",
        {
          expression,
          throwOnSideEffect: true,
          silent: true,
          timeout: 100,
          objectGroup: "peek",
        },
      );
      if (result.objectId) void post("Runtime.releaseObjectGroup", { objectGroup: "peek" });
      return exceptionDetails ? undefined : result;
    },
    async lexicalNames() {
      return (await post<{ names: string[] }>("Runtime.globalLexicalScopeNames", { executionContextId })).names;
    },
    async terminate() {
      let stopped = false;
      const stopping = post("Runtime.terminateExecution").finally(() => (stopped = true));
      const late = setTimeout(() => void terminateByDebugger(() => stopped).catch(() => {}), patience);
      await stopping;
      clearTimeout(late);
      // Where nothing ran, the termination meets what runs next: that is to be this, not somebody's code.
      for (let i = 0; i < 5; i++) {
        const { result } = await post<{ result: RemoteValue }>("Runtime.evaluate", { expression: "0", silent: true });
        if (result.value === 0) break;
      }
    },
  };
}

function asArgument(value: RemoteValue | { value: unknown }): object {
  if ("objectId" in value && value.objectId) return { objectId: value.objectId };
  if ("unserializableValue" in value && value.unserializableValue)
    return { unserializableValue: value.unserializableValue };
  return { value: value.value };
}
