import ivm from "isolated-vm";
import { scriptName, type CompiledUdf } from "./compile.ts";
import type { HostLink } from "./isolate/host-link.ts";
import { findImport, isolateScript } from "./packages.ts";

/** A context in which nobody's code has run yet. */
export interface FreshContext {
  /** Calls an operation inside (isolate/main.ts). */
  control: ivm.Reference<(operation: string, ...values: unknown[]) => unknown>;
  /** Who answers what the code inside asks for. Undefined before and after the run. */
  link: { handler: HostLink | undefined };
  context: ivm.Context;
  packages: Set<string>;
  udfHash: string | undefined;
}

const mostRuns = 1000;
/** The heap is looked at each so many runs. */
const checkedRuns = 25;
/** A run that is over but keeps its thread busy has this long until its isolate is given up, milliseconds. */
const clearTime = 1000;
const mostScripts = 64;

type Script = ivm.Script;

/** V8's code cache of our own scripts: filled by the first isolate, used by the later ones. */
const codeCache = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

/**
 * One isolate: runs one UDF at a time, each in a context of its own, and has the next context ready before it is asked for.
 */
export class IsolateSlot {
  readonly memoryMb: number;
  /** Told when V8 loses the isolate while a run is on: nothing else would end that run. */
  onLost: (() => void) | undefined;
  #isolate: ivm.Isolate;
  #install: Promise<Script>;
  #scripts = new Map<string, Promise<Script>>();
  #last: CompiledUdf | undefined;
  #next: Promise<FreshContext>;
  #runs = 0;
  #isLost = false;

  /** `onCatastrophe`: V8 has lost this isolate and the thread that ran it. */
  constructor(memoryMb: number, onCatastrophe: () => void) {
    this.memoryMb = memoryMb;
    this.#isolate = new ivm.Isolate({
      memoryLimit: memoryMb,
      onCatastrophicError: () => {
        this.#isLost = true;
        this.onLost?.();
        onCatastrophe();
      },
    });
    this.#install = isolateScript().then((source) => this.#compile("isolate", source, "fused-isolate"));
    this.#next = this.#prepare();
    this.#next.catch(() => {});
  }

  /** True when no run can happen here any more. */
  get isGone(): boolean {
    return this.#isLost || this.#isolate.isDisposed;
  }

  /** Gives up the isolate, ending whatever runs in it. */
  dispose(): void {
    // A lost isolate's thread never comes back: to wait for it would be to hang.
    if (!this.isGone) this.#isolate.dispose();
  }

  /** The context for a run, with the UDF and the packages it imports by name in place, none of it evaluated. */
  async take(udf: CompiledUdf): Promise<FreshContext> {
    this.#last = udf;
    const fresh = await this.#next;
    await this.#equip(fresh, udf);
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

  /** Adds a package to a context while the run is on. @throws ImportError */
  async addPackage(fresh: FreshContext, name: string): Promise<void> {
    const found = await findImport(name);
    if (found.kind !== "code" || fresh.packages.has(name)) return;
    fresh.packages.add(name);
    const script = await this.#script(`package ${name}`, found.source, name);
    const evaluate = await script.run(fresh.context, { reference: true });
    await fresh.control.apply(undefined, ["package", name, evaluate.derefInto({ release: true })]);
  }

  async #prepare(): Promise<FreshContext> {
    const install = await this.#install;
    const context = await this.#isolate.createContext();
    const link: FreshContext["link"] = { handler: undefined };
    const installer = await install.run(context, { reference: true });
    const control = (await installer.apply(undefined, [ivm, ...callbacks(link)], {
      result: { reference: true },
    })) as FreshContext["control"];
    installer.release();
    const fresh: FreshContext = { control, link, context, packages: new Set(), udfHash: undefined };
    if (this.#last) await this.#equip(fresh, this.#last);
    return fresh;
  }

  async #equip(fresh: FreshContext, udf: CompiledUdf): Promise<void> {
    for (const name of udf.imports) {
      // A name that is not there is an error of the import, in the run.
      if (!fresh.packages.has(name)) await this.addPackage(fresh, name).catch(() => {});
    }
    if (fresh.udfHash === udf.hash) return;
    const script = await this.#script(udf.hash, udf.script, scriptName);
    const definition = await script.run(fresh.context, { reference: true });
    await fresh.control.apply(undefined, ["define", definition.derefInto({ release: true })]);
    fresh.udfHash = udf.hash;
  }

  #script(key: string, source: string, filename: string): Promise<Script> {
    const known = this.#scripts.get(key);
    if (known) return known;
    if (this.#scripts.size >= mostScripts) this.#scripts.delete(this.#scripts.keys().next().value!);
    const script = this.#compile(key, source, filename);
    this.#scripts.set(key, script);
    script.catch(() => this.#scripts.delete(key));
    return script;
  }

  async #compile(key: string, source: string, filename: string): Promise<Script> {
    if (filename === scriptName) return this.#isolate.compileScript(source, { filename });
    const cachedData = codeCache.get(key);
    const script = await this.#isolate.compileScript(source, { filename, ...(cachedData ? { cachedData } : { produceCachedData: true }) });
    const { cachedData: produced } = script as Script & { cachedData?: ivm.ExternalCopy<ArrayBuffer> };
    if (produced && !cachedData) codeCache.set(key, produced);
    return script;
  }

  async #isHeapSmall(): Promise<boolean> {
    const { used_heap_size: used, externally_allocated_size: external } = await this.#isolate.getHeapStatistics();
    return used + external < (this.memoryMb * 1024 * 1024) / 3;
  }
}

/** The host's functions as an isolate gets them, in the order of `install`'s parameters. Nothing passes but copied data. */
function callbacks(link: FreshContext["link"]): ivm.Callback[] {
  const told = (name: "finish" | "log" | "arm" | "request" | "drop") =>
    new ivm.Callback((...values: unknown[]) => (link.handler?.[name] as ((...values: unknown[]) => void) | undefined)?.(...values), {
      ignored: true,
    });
  const asked = (name: "random" | "url") =>
    new ivm.Callback((value: never) => link.handler?.[name](value), { sync: true });
  return [told("finish"), told("log"), told("arm"), told("request"), told("drop"), asked("random"), asked("url")];
}
