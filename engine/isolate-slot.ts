import ivm from "isolated-vm";
import type { CompiledUdf } from "./compile.ts";
import type { HostLink } from "./isolate/host-link.ts";
import { IsolateScripts, takeControl } from "./isolate-scripts.ts";
import { isolateScript } from "./packages.ts";

/** A context in which nobody's code has run yet. */
export interface FreshContext {
  context: ivm.Context;
  /** Calls an operation inside (isolate/main.ts). */
  control: ivm.Reference<(operation: string, ...values: unknown[]) => unknown>;
  /** Who answers what the code inside asks for. Undefined before and after the run. */
  link: { handler: HostLink | undefined };
  packages: Set<string>;
  udfHash: string | undefined;
}

const mostRuns = 1000;
/** The heap is looked at each so many runs. */
const checkedRuns = 25;
/** A run that is over but keeps its thread busy has this long until its isolate is given up, milliseconds. */
const clearTime = 1000;

/**
 * The state every context starts from. To copy it is twice as fast as to run the script that made it. It holds our own code
 * only: packages are larger, and are evaluated where they are wanted.
 */
let snapshot: Promise<ivm.ExternalCopy<ArrayBuffer>> | undefined;

function startSnapshot(): Promise<ivm.ExternalCopy<ArrayBuffer>> {
  return (snapshot ??= isolateScript().then((code) =>
    ivm.Isolate.createSnapshot([{ code, filename: "fused-isolate" }]),
  ));
}

/**
 * One isolate: runs one UDF at a time, each in a context of its own, and has the next context ready before it is asked for.
 */
export class IsolateSlot {
  readonly memoryMb: number;
  /** Told when V8 loses the isolate while a run is on: nothing else would end that run. */
  onLost: (() => void) | undefined;
  #made: Promise<{ isolate: ivm.Isolate; scripts: IsolateScripts }>;
  #isolate: ivm.Isolate | undefined;
  #last: CompiledUdf | undefined;
  #next: Promise<FreshContext>;
  #runs = 0;
  #isGone = false;

  /** `onCatastrophe`: V8 has lost this isolate and the thread that ran it. */
  constructor(memoryMb: number, onCatastrophe: () => void) {
    this.memoryMb = memoryMb;
    const onCatastrophicError = () => {
      this.#isGone = true;
      this.#isolate = undefined;
      this.onLost?.();
      onCatastrophe();
    };
    this.#made = startSnapshot().then((snapshot) => {
      const isolate = new ivm.Isolate({ memoryLimit: memoryMb, snapshot, onCatastrophicError });
      this.#isolate = isolate;
      return { isolate, scripts: new IsolateScripts(isolate) };
    });
    this.#next = this.#prepare();
    this.#next.catch(() => {});
  }

  /** True when no run can happen here any more. */
  get isGone(): boolean {
    return this.#isGone || this.#isolate?.isDisposed === true;
  }

  /** Gives up the isolate, ending whatever runs in it. One that V8 has lost is left alone: its thread never comes back. */
  dispose(): void {
    if (this.#isolate && !this.#isolate.isDisposed) this.#isolate.dispose();
    this.#isGone = true;
  }

  /** The context for a run, with the UDF and the packages it imports by name in place, none of it evaluated. */
  async take(udf: CompiledUdf): Promise<FreshContext> {
    this.#last = udf;
    const fresh = await this.#next;
    // A name that is not there is an error of the import, in the run.
    for (const name of udf.imports) await this.addPackage(fresh, name).catch(() => {});
    if (fresh.udfHash !== udf.hash) {
      const { scripts } = await this.#made;
      await hand(fresh, await scripts.udf(udf), "define");
      fresh.udfHash = udf.hash;
    }
    return fresh;
  }

  /** Ends the use of the context that was taken and makes the next. False: this isolate should be given up. */
  async renew(): Promise<boolean> {
    if (this.isGone) return false;
    const used = await this.#next;
    used.link.handler = undefined;
    used.control.release();
    used.context.release();
    if (++this.#runs >= mostRuns || (this.#runs % checkedRuns === 0 && !(await this.#isHeapSmall()))) return false;
    this.#next = this.#prepare();
    return Promise.race([
      this.#next.then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => setTimeout(resolve, clearTime, false).unref()),
    ]);
  }

  /** Adds a package to a context, also while the run is on. @throws ImportError */
  async addPackage(fresh: FreshContext, name: string): Promise<void> {
    if (fresh.packages.has(name)) return;
    const { scripts } = await this.#made;
    const script = await scripts.package(name);
    if (!script) return;
    await hand(fresh, script, "package", name);
    fresh.packages.add(name);
  }

  async #prepare(): Promise<FreshContext> {
    const udf = this.#last;
    const { isolate, scripts } = await this.#made;
    const context = await isolate.createContext();
    const packages = new Set<string>();
    // What is only told to run stays in order on the isolate's thread: nothing is waited for but the last.
    for (const name of udf?.imports ?? []) {
      const script = await scripts.package(name).catch(() => undefined);
      script?.runIgnored(context);
      if (script) packages.add(name);
    }
    const script = udf && (await scripts.udf(udf).catch(() => undefined));
    script?.runIgnored(context);
    const link: FreshContext["link"] = { handler: undefined };
    const control = await context.evalClosure(takeControl, callbacks(link), { result: { reference: true } });
    return { context, control: control as FreshContext["control"], link, packages, udfHash: script && udf?.hash };
  }

  async #isHeapSmall(): Promise<boolean> {
    const { isolate } = await this.#made;
    const { used_heap_size: used, externally_allocated_size: external } = await isolate.getHeapStatistics();
    return used + external < (this.memoryMb * 1024 * 1024) / 3;
  }
}

/** Hands what a script defines to a context that has let go of `control`. */
async function hand(fresh: FreshContext, script: ivm.Script, ...operation: [string, ...string[]]): Promise<void> {
  const value = await script.run(fresh.context, { reference: true });
  await fresh.control.apply(undefined, [...operation, value.derefInto({ release: true })] as never);
}

const told = ["finish", "log", "arm", "request", "drop"] as const;
const asked = ["random", "url", "secret"] as const;

/** The two functions a context is connected with. Nothing passes through them but copies of plain data. */
function callbacks(link: FreshContext["link"]): ivm.Callback[] {
  const tell = (name: (typeof told)[number], ...values: never[]) => {
    if (told.includes(name)) (link.handler?.[name] as ((...values: never[]) => void) | undefined)?.(...values);
  };
  const ask = (name: (typeof asked)[number], value: never) => {
    return asked.includes(name) ? link.handler?.[name](value) : undefined;
  };
  return [new ivm.Callback(tell, { ignored: true }), new ivm.Callback(ask, { sync: true })];
}
