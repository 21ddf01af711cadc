import { readFile } from "node:fs/promises";
import ivm from "isolated-vm";
import { IsolateScripts } from "../../engine/isolate-scripts.ts";
import { ownScript } from "./isolate/describe-error.ts";

/** What an isolate is opened with. Whatever comes through `told` and `asked` may be hostile. */
export interface IsolateLinks {
  told(kind: unknown, ...values: unknown[]): void;
  asked(kind: unknown, detail: unknown): unknown;
  /** Nobody has handled the rejection of a promise. */
  rejected(error: unknown): void;
  /** The isolate is gone: out of memory. */
  lost(): void;
}

/** The isolate of a notebook, from the host's side. */
export interface NotebookIsolate {
  /** Calls an operation inside (isolate/main.ts); microtasks run. */
  control(operation: string, ...values: unknown[]): Promise<void>;
  /** Lets what waits inside go on. However often it is asked for, one turn that has not begun yet is enough. */
  turn(): void;
  /** Adds a predefined package, if it is not there. @throws ImportError */
  addPackage(name: string): Promise<void>;
  /** Does something while nothing new enters the isolate. */
  holding<T>(work: () => Promise<T>): Promise<T>;
  isGone(): boolean;
  /** Whether JavaScript may be running. */
  isBusy(): boolean;
  session: ivm.InspectorSession;
}

const isFromSource = import.meta.url.endsWith(".ts");

async function installScript(): Promise<string> {
  if (isFromSource) return (await import("./build-isolate.ts")).bundleNotebookIsolate();
  return readFile(new URL("./notebook-isolate.js", import.meta.url), "utf8");
}

/** @param memoryMb limit of its heap and buffers; @param memory shared with the code inside, for what it waits for */
export async function openNotebookIsolate(
  memoryMb: number,
  memory: SharedArrayBuffer,
  { told, asked, rejected, lost }: IsolateLinks,
): Promise<NotebookIsolate> {
  const script = await installScript();
  const isolate = new ivm.Isolate({ memoryLimit: memoryMb, inspector: true, onCatastrophicError: lost });
  const context = await isolate.createContext({ inspector: true });
  const control = (await context.evalClosure(
    script,
    [
      new ivm.Callback(told, { ignored: true }),
      new ivm.Callback(asked, { sync: true }),
      new ivm.ExternalCopy(memory).copyInto({ release: true }),
    ],
    { filename: ownScript, result: { reference: true } },
  )) as ivm.Reference<(operation: string, ...values: unknown[]) => unknown>;
  const scripts = new IsolateScripts(isolate);
  const packages = new Map<string, Promise<void>>();
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  let isTurnDue = false;
  let held: Promise<unknown> | undefined;

  /** One after another: what a termination meets is then the one that runs, and nothing that waits behind it. */
  function enter(work: () => Promise<unknown>): Promise<void> {
    const entered = running.then(async () => {
      while (held) await held;
      isRunning = true;
      try {
        await work();
      } finally {
        isRunning = false;
      }
    });
    running = entered.catch(() => {});
    return entered;
  }

  async function call(operation: string, ...values: unknown[]): Promise<void> {
    try {
      await enter(() => {
        if (operation === "turn") isTurnDue = false;
        return control.apply(undefined, [operation, ...values] as never, ignoringResult);
      });
    } catch (error) {
      if (isolate.isDisposed) lost();
      // A run that was terminated is rejected with nothing.
      else if (error !== null && error !== undefined) rejected(error);
    }
  }

  async function add(name: string): Promise<void> {
    const found = await scripts.package(name);
    if (!found) return;
    await enter(async () => {
      const value = await found.run(context, { reference: true });
      await control.apply(undefined, ["package", name, value.derefInto({ release: true })] as never, ignoringResult);
    });
  }

  return {
    session: isolate.createInspectorSession(),
    isGone: () => isolate.isDisposed,
    isBusy: () => isRunning,
    holding(work) {
      const done = work();
      held = done.catch(() => {}).then(() => (held = undefined));
      return done;
    },
    control: call,
    turn() {
      if (isTurnDue) return;
      isTurnDue = true;
      void call("turn");
    },
    addPackage(name) {
      const adding = packages.get(name) ?? add(name);
      packages.set(name, adding);
      adding.catch(() => packages.delete(name));
      return adding;
    },
  };
}

/** What `control` gives is nobody's business: by default it would be copied out. */
const ignoringResult = { result: { ignored: true } } as unknown as { result: { copy: true } };
