import type { Session } from "node:inspector";
import type { NotebookIsolate } from "./notebook-isolate.ts";

/** Longest answer of the inspector that is read, characters: values of the notebook stand in them. */
const longestAnswer = 4 << 20;
/** How long an isolate may take to answer until it counts as lost, milliseconds. */
const answerPatience = 5000;
const attempts = 3;
/** V8 does not answer a termination that came a moment too late. */
const terminationPatience = 200;

type Callback = (error: Error | null, result?: object) => void;

/**
 * The inspector of a notebook's isolate, in the form of Node's.
 * @param stuck called when the isolate cannot be stopped
 */
export function openIsolateInspector(isolate: NotebookIsolate, stuck: () => void): Session {
  const { session } = isolate;
  const waiting = new Map<number, Callback>();
  const contextListeners: ((event: unknown) => void)[] = [];
  let contextId: number | undefined;
  let count = 0;

  session.onResponse = (id, text) => {
    const callback = waiting.get(id);
    waiting.delete(id);
    if (!callback) return;
    if (text.length > longestAnswer) {
      return callback(new Error("The value is too large to be handed over."));
    }
    const { error, result } = JSON.parse(text) as { error?: { message: string }; result?: object };
    callback(error ? new Error(error.message) : null, result);
  };
  session.onNotification = (text) => {
    if (contextId !== undefined || text.length > longestAnswer) return;
    const event = JSON.parse(text) as { method: string; params: { context?: { id: number; name: string } } };
    // V8's own default context is there too: nothing is ever evaluated in it.
    if (event.method !== "Runtime.executionContextCreated" || event.params.context?.name === "default") return;
    contextId = event.params.context!.id;
    for (const listener of contextListeners.splice(0)) listener(event);
  };

  /** Messages that the isolate answers at once, while it is busy too; evaluations of cells are not among them. */
  const quick = new Set<Promise<void>>();
  /** While a termination is under way nothing else may be: V8 would end that in its place, and lose the termination. */
  let stopping: Promise<void> | undefined;

  const dispatch = (method: string, parameters: object, callback: Callback): number => {
    const id = ++count;
    waiting.set(id, callback);
    const inContext = method === "Runtime.evaluate" ? { contextId, ...parameters } : parameters;
    session.dispatchProtocolMessage(JSON.stringify({ id, method, params: inContext }));
    return id;
  };

  const send = (method: string, parameters: object, callback: Callback): void => {
    if ("replMode" in parameters) return void dispatch(method, parameters, callback);
    const answered = new Promise<void>((done) => {
      dispatch(method, parameters, (error, result) => {
        done();
        callback(error, result);
      });
    });
    quick.add(answered);
    void answered.then(() => quick.delete(answered));
  };

  /**
   * Looks at a value, while no cell runs. V8's own check for side effects, and its time limit, end what they refuse by a
   * termination: together with an interrupt that crashes an isolate.
   */
  const look = (parameters: object, callback: Callback): void => {
    if (isolate.isBusy()) return callback(new Error("A cell is running."));
    const { timeout, expression } = parameters as { timeout: number; expression: string };
    if (!isLook(expression)) return callback(new Error("That would call something."));
    let isOver = false;
    const late = setTimeout(() => {
      isOver = true;
      stopping ??= isolate.holding(stop).finally(() => (stopping = undefined));
      callback(new Error("It takes too long to look at."));
    }, timeout);
    dispatch("Runtime.evaluate", { expression, silent: true, objectGroup: "peek" }, (error, result) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(late);
      callback(error, result);
    });
  };

  const asked = (
    method: string,
    parameters: object,
    patience: number,
  ): Promise<Record<string, unknown> | undefined> => {
    const answer = new Promise<Record<string, unknown> | undefined>((resolve) => {
      dispatch(method, parameters, (error, result) => resolve(error ? undefined : (result as Record<string, unknown>)));
    });
    return soon(answer, patience);
  };

  async function terminate(): Promise<void> {
    await soon(Promise.all(quick), answerPatience);
    if (isolate.isBusy()) await stop();
  }

  async function stop(): Promise<void> {
    await asked("Runtime.terminateExecution", {}, terminationPatience);
    for (let i = 0; ; i++) {
      const probe = await asked("Runtime.evaluate", { expression: "0", silent: true }, answerPatience);
      if ((probe?.["result"] as { value?: unknown } | undefined)?.value === 0) break;
      if (i === attempts) stuck();
    }
    // The timers were stopped as well, where it was in one of them.
    void isolate.control("fire");
  }

  const post = (method: string, parameters: object, callback: Callback): void => {
    if (method === "Runtime.terminateExecution") {
      stopping ??= isolate.holding(terminate).finally(() => (stopping = undefined));
      void stopping.then(() => callback(null, {}));
    } else if (stopping) void stopping.then(() => post(method, parameters, callback));
    else if ("timeout" in parameters) look(parameters, callback);
    else send(method, parameters, callback);
  };
  const once = (_name: string, listener: (event: unknown) => void): void => void contextListeners.push(listener);
  return { post, once } as unknown as Session;
}

/** Whether an expression of completion or inspection reads only: what the user has typed of it are names and subscripts. */
function isLook(expression: string): boolean {
  const typed = /^\(\(value\) => \{[^]*\}\)\(([^]*)\n\)$/.exec(expression)?.[1];
  return typed === undefined || /^[\p{ID_Continue}$.?!\s[\]"'`]*$/u.test(typed);
}

/** What a promise gives; undefined where it takes longer. */
async function soon<T>(done: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, milliseconds, undefined)));
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
