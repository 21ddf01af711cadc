import ivm from "isolated-vm";
import { scriptName, type CompiledUdf } from "./compile.ts";
import { controlGlobal } from "./control-global.ts";
import { findImport } from "./packages.ts";

const mostScripts = 64;

/** V8's code cache of packages: filled by the isolate that compiles one first, used by the later ones. */
const codeCache = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

/** In a context that is being made ready: connects it to the host, and takes the way in off the global object. */
export const takeControl =
  `const control=globalThis.${controlGlobal};delete globalThis.${controlGlobal};` +
  'control("connect",$0,$1);return control';

/** The scripts one isolate has compiled. A script can be run in each of its contexts. */
export class IsolateScripts {
  #isolate: ivm.Isolate;
  #scripts = new Map<string, Promise<ivm.Script>>();

  constructor(isolate: ivm.Isolate) {
    this.#isolate = isolate;
  }

  /** Defines a UDF. @throws SyntaxError of V8 */
  udf({ hash, script }: CompiledUdf): Promise<ivm.Script> {
    return this.#script(hash, () => this.#isolate.compileScript(handing(`"define"`, script), { filename: scriptName }));
  }

  /** Defines a UDF in a context that is kept: the value is a function of the run's own globals. @throws SyntaxError of V8 */
  keptUdf({ hash, script, keptGlobals }: CompiledUdf): Promise<ivm.Script> {
    const code = `(${keptGlobals!.join(",")})=>${script}`;
    return this.#script(`kept ${hash}`, () => this.#isolate.compileScript(code, { filename: scriptName }));
  }

  /** Adds a package; undefined where the import is data, no code. @throws ImportError */
  async package(name: string): Promise<ivm.Script | undefined> {
    const found = await findImport(name);
    if (found.kind !== "code") return undefined;
    return this.#script(`package ${name}`, () => this.#compilePackage(name, found.source));
  }

  async #compilePackage(name: string, source: string): Promise<ivm.Script> {
    const cachedData = codeCache.get(name);
    const cache = cachedData ? { cachedData } : { produceCachedData: true };
    const script = await this.#isolate.compileScript(handing(`"package",${JSON.stringify(name)}`, source), {
      filename: name,
      ...cache,
    });
    const produced = (script as ivm.Script & { cachedData?: ivm.ExternalCopy<ArrayBuffer> }).cachedData;
    if (produced && !cachedData) codeCache.set(name, produced);
    return script;
  }

  #script(key: string, compile: () => Promise<ivm.Script>): Promise<ivm.Script> {
    const known = this.#scripts.get(key);
    if (known) return known;
    if (this.#scripts.size >= mostScripts) this.#scripts.delete(this.#scripts.keys().next().value!);
    const script = compile();
    this.#scripts.set(key, script);
    script.catch(() => this.#scripts.delete(key));
    return script;
  }
}

/**
 * A script that hands a value to `control` where the context still has it as a global, and has the value as its own where
 * not. All on the first line, so that the lines of the value stay.
 */
function handing(operation: string, expression: string): string {
  return `((value)=>typeof ${controlGlobal}==="function"?${controlGlobal}(${operation},value):value)(${expression})`;
}
