import ivm from "isolated-vm";
import type { CompiledUdf } from "./compile.ts";
import type { HostLink } from "./isolate/host-link.ts";
import { IsolateScripts, takeControl } from "./isolate-scripts.ts";
import { isolateScript } from "./packages.ts";

/** A context for a run: one in which nobody's code has run yet, or one that is kept for the runs of one UDF. */
export interface RunContext {
  context: ivm.Context;
  /** Calls an operation inside (isolate/main.ts). */
  control: ivm.Reference<(operation: string, ...values: unknown[]) => unknown>;
  /** Who answers what the code inside asks for. Undefined before and after a run. */
  link: { handler: HostLink | undefined };
  packages: Set<string>;
  udfHash: string | undefined;
  /** Its built-ins are frozen, so that one run after another can have it (isolate/harden.ts). */
  isKept: boolean;
}

const mostRuns = 1000;
/** The heap is looked at each so many runs. */
const checkedRuns = 25;
/** Contexts that an isolate keeps, each for a UDF of its own. */
const mostKept = 4;
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
 * One isolate: runs one UDF at a time. A context is ready before it is asked for: for a UDF that ran here twice in a row, if
 * its text allows it (kept-context-rule.ts), the one it had before; for all others a fresh one.
 */
export class IsolateSlot {
  readonly memoryMb: number;
  /** Told when V8 loses the isolate while a run is on: nothing else would end that run. */
  onLost: (() => void) | undefined;
  #made: Promise<{ isolate: ivm.Isolate; scripts: IsolateScripts }>;
  #isolate: ivm.Isolate | undefined;
  #last: CompiledUdf | undefined;
  #next: Promise<RunContext>;
  /** By the hash of the UDF; the one used last stands last. */
  #kept = new Map<string, RunContext>();
  #used: RunContext | undefined;
  #isRepeated = false;
  #contexts = 0;
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

  /** Whether a context is kept here for a UDF. */
  keeps({ hash }: CompiledUdf): boolean {
    return this.#kept.has(hash);
  }

  /** Gives up the isolate, ending whatever runs in it. One that V8 has lost is left alone: its thread never comes back. */
  dispose(): void {
    if (this.#isolate && !this.#isolate.isDisposed) this.#isolate.dispose();
    this.#isGone = true;
  }

  /** A context for a run, with the UDF and the packages it imports by name in place, none of it evaluated. */
  async take(udf: CompiledUdf): Promise<RunContext> {
    return this.takeKept(udf) ?? this.takeFresh(udf);
  }

  /** The context that is kept for a UDF, if one is. */
  takeKept(udf: CompiledUdf): RunContext | undefined {
    this.#isRepeated = this.#last === udf;
    this.#last = udf;
    const kept = this.#kept.get(udf.hash);
    if (!kept) return undefined;
    this.#kept.delete(udf.hash);
    this.#kept.set(udf.hash, kept);
    return (this.#used = kept);
  }

  /** The same where the run must not have a kept one. */
  async takeFresh(udf: CompiledUdf): Promise<RunContext> {
    if (this.#used) this.#release(this.#used);
    let fresh = await this.#next;
    // It was made ready for another UDF: `require` must not find what that one imports.
    if (fresh.udfHash !== udf.hash && [...fresh.packages].some((name) => !udf.imports.includes(name))) {
      this.#release(fresh);
      fresh = await this.#connect();
    }
    this.#used = fresh;
    // A name that is not there is an error of the import, in the run.
    for (const name of udf.imports) await this.addPackage(fresh, name).catch(() => {});
    if (fresh.udfHash !== udf.hash) {
      const { scripts } = await this.#made;
      await hand(fresh, await scripts.udf(udf), "define");
      fresh.udfHash = udf.hash;
    }
    return fresh;
  }

  /**
   * Ends the use of the context that was taken and has one ready for the next run. False: this isolate should be given up.
   * @param atRest waits until nothing of the run goes on, and says whether nothing of it is left behind
   */
  async renew(atRest: () => Promise<boolean>): Promise<boolean> {
    if (this.isGone) return false;
    const used = this.#used;
    this.#used = undefined;
    if (used) used.link.handler = undefined;
    if (++this.#runs % checkedRuns === 0 && !(await this.#isHeapSmall())) return false;
    if (used?.isKept && (await soon(atRest()))) return true;
    if (used) this.#release(used);
    if (this.#contexts >= mostRuns) return false;
    if (!used?.isKept) this.#next = this.#prepare();
    return soon(this.#keepNext());
  }

  #release(used: RunContext): void {
    if (used.isKept) this.#kept.delete(used.udfHash!);
    used.control.release();
    used.context.release();
  }

  /** Makes a context to keep for the UDF that ran last, where it is to have one. */
  async #keepNext(): Promise<boolean> {
    const udf = this.#last;
    await this.#next;
    if (!udf?.keptGlobals || !this.#isRepeated || this.#kept.has(udf.hash)) return true;
    const { scripts } = await this.#made;
    const script = await scripts.keptUdf(udf).catch(() => undefined);
    if (!script) return true;
    const made = await this.#connect();
    await made.control.apply(undefined, ["harden"]);
    await hand(made, script, "defineKept", udf.keptGlobals.join(","));
    this.#kept.set(udf.hash, { ...made, isKept: true, udfHash: udf.hash });
    if (this.#kept.size > mostKept) this.#release(this.#kept.values().next().value!);
    return true;
  }

  /** Adds a package to a context, also while the run is on. @throws ImportError */
  async addPackage(fresh: RunContext, name: string): Promise<void> {
    if (fresh.packages.has(name)) return;
    const { scripts } = await this.#made;
    const script = await scripts.package(name);
    if (!script) return;
    await hand(fresh, script, "package", name);
    fresh.packages.add(name);
  }

  async #prepare(): Promise<RunContext> {
    const udf = this.#last;
    const { isolate, scripts } = await this.#made;
    this.#contexts++;
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
    return { ...(await connect(context)), packages, udfHash: script && udf?.hash };
  }

  async #connect(): Promise<RunContext> {
    const { isolate } = await this.#made;
    this.#contexts++;
    return connect(await isolate.createContext());
  }

  async #isHeapSmall(): Promise<boolean> {
    const { isolate } = await this.#made;
    const { used_heap_size: used, externally_allocated_size: external } = await isolate.getHeapStatistics();
    return used + external < (this.memoryMb * 1024 * 1024) / 3;
  }
}

/** False where something fails, or takes longer than it may: a run keeps the isolate's thread busy. */
async function soon(done: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, clearTime, false)));
  const isDone = await Promise.race([done.catch(() => false), late]);
  clearTimeout(timer);
  return isDone;
}

async function connect(context: ivm.Context): Promise<RunContext> {
  const link: RunContext["link"] = { handler: undefined };
  const control = await context.evalClosure(takeControl, callbacks(link), { result: { reference: true } });
  return {
    context,
    control: control as RunContext["control"],
    link,
    packages: new Set(),
    udfHash: undefined,
    isKept: false,
  };
}

/** Hands what a script defines to a context that has let go of `control`. */
async function hand(to: RunContext, script: ivm.Script, ...operation: [string, ...string[]]): Promise<void> {
  const value = await script.run(to.context, { reference: true });
  await to.control.apply(undefined, [...operation, value.derefInto({ release: true })] as never);
}

const told = ["finish", "log", "arm", "request", "drop"] as const;
const asked = ["random", "url", "secret"] as const;

/** The two functions a context is connected with. Nothing passes through them but copies of plain data. */
function callbacks(link: RunContext["link"]): ivm.Callback[] {
  const tell = (name: (typeof told)[number], ...values: never[]) => {
    if (told.includes(name)) (link.handler?.[name] as ((...values: never[]) => void) | undefined)?.(...values);
  };
  const ask = (name: (typeof asked)[number], value: never) => {
    return asked.includes(name) ? link.handler?.[name](value) : undefined;
  };
  return [new ivm.Callback(tell, { ignored: true }), new ivm.Callback(ask, { sync: true })];
}
