import type { Session } from "node:inspector";
import type { NotebookIsolate } from "./notebook-isolate.ts";

/** Longest answer of the inspector that is read, characters: values of the notebook stand in them. */
const longestAnswer = 4 << 20;
/** How long a termination that meets nothing is waited for, milliseconds: V8 does not answer it. */
const terminationPatience = 50;

/** The part of an inspector session that kernel/session/evaluate.ts uses, on an isolate. */
export type InspectorPart = Pick<Session, "post" | "once">;

type Callback = (error: Error | null, result?: object) => void;

/** The inspector of a notebook's isolate, in the form of Node's. After each message the isolate gets a turn of its own. */
export function openIsolateInspector(isolate: NotebookIsolate): Session {
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

  const dispatch = (method: string, parameters: object, callback: Callback): number => {
    const id = ++count;
    waiting.set(id, callback);
    const inContext = method === "Runtime.evaluate" ? { contextId, ...parameters } : parameters;
    session.dispatchProtocolMessage(JSON.stringify({ id, method, params: inContext }));
    return id;
  };

  const post = (method: string, parameters: object, callback: Callback): void => {
    if (method !== "Runtime.terminateExecution") {
      dispatch(method, parameters, callback);
      void isolate.control("turn");
      return;
    }
    if (!isolate.isBusy()) return callback(null, {});
    const late = setTimeout(() => {
      waiting.delete(id);
      callback(null, {});
    }, terminationPatience);
    const id = dispatch(method, parameters, (error, result) => {
      clearTimeout(late);
      callback(error, result);
    });
  };
  const once = (_name: string, listener: (event: unknown) => void): void => void contextListeners.push(listener);
  return { post, once } as unknown as Session;
}
