import type { UdfFrame } from "../../engine/udf-frame.ts";
import { doForCell } from "../cell-hooks.ts";
import { UdfSerializationError } from "../errors.ts";
import { errorHeadline } from "../run-error.ts";
import { prepareRun, runOnce } from "../run-once.ts";
import type { UdfState } from "../udf-state.ts";
import { moduleNames } from "./module-names.ts";

/** What of a frame says which module is meant; its source is replaced by that of a header for `utils`. */
type ModuleFrame = Pick<UdfFrame, "name" | "source" | "headers" | "origin">;

/** A function that the probe adds to the module: no author's name begins so. */
const probeName = "$fused_probe";

/**
 * The names that a module declares beside the UDF (fused-spec.md 6.4). The module is evaluated on the engine, never in
 * this process: values come here as runs' results do, functions become asynchronous ones that run there, each call anew.
 * Where the evaluation fails there is a warning, and the functions are there all the same.
 * @param except names to leave out: the UDF's own function
 */
export async function importGlobals(
  module: ModuleFrame,
  except: string[] = [],
  signal?: AbortSignal,
): Promise<Record<string, unknown>> {
  const names = moduleNames(module.source).filter(
    ({ name, kind, isDefault }) => kind !== "class" && !except.includes(isDefault ? "default" : name),
  );
  const globals: Record<string, unknown> = {};
  for (const { name, kind } of names) if (kind === "function") globals[name] = remoteFunction(module, name);
  const values = names.filter(({ kind }) => kind === "value").map(({ name }) => name);
  if (names.length === 0) return globals;
  try {
    for (const [name, found] of Object.entries(await probe(module, values, signal))) {
      globals[name] = found.isFunction ? remoteFunction(module, name) : found.value;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    console.warn(
      `${module.name} is loaded, and evaluating its module for the names in it failed: ${errorHeadline(error as Error)} ` +
        "(importGlobals: false leaves it out.)",
    );
  }
  return globals;
}

type Found = Record<string, { isFunction: boolean; value?: unknown }>;

async function probe(module: ModuleFrame, names: string[], signal?: AbortSignal): Promise<Found> {
  try {
    return await evaluateNames(module, names, signal);
  } catch (error) {
    if (!(error instanceof UdfSerializationError) || names.length < 2) throw error;
    // One of the values cannot travel: the others still can.
    const found: Found = {};
    for (const name of names) {
      const one = await evaluateNames(module, [name], signal).catch((failure: unknown) => {
        if (!(failure instanceof UdfSerializationError)) throw failure;
        console.warn(`${module.name}.${name} stays on the engine: ${errorHeadline(failure)}`);
        return {};
      });
      Object.assign(found, one);
    }
    return found;
  }
}

async function evaluateNames(module: ModuleFrame, names: string[], signal?: AbortSignal): Promise<Found> {
  const entries = names.map(
    (name) => `${name}: typeof ${name} === "function" ? { isFunction: true } : { isFunction: false, value: ${name} }`,
  );
  const source = `${module.source}\nexport function ${probeName}() {\n  return { ${entries.join(", ")} };\n}\n`;
  return (await runModule({ ...module, source }, probeName, [], signal)) as Found;
}

function remoteFunction(module: ModuleFrame, name: string): (...args: unknown[]) => Promise<unknown> {
  const call = (...args: unknown[]) => doForCell((signal) => runModule(module, name, args, signal));
  return Object.defineProperty(call, "name", { value: name });
}

async function runModule(
  module: ModuleFrame,
  entrypoint: string,
  args: unknown[],
  signal?: AbortSignal,
): Promise<unknown> {
  const result = await runOnce(
    await prepareRun(stateOf(module, entrypoint, args.length), { engine: "local", cacheMaxAge: 0 }),
    Object.fromEntries(args.map((value, i) => [`argument${i + 1}`, value])),
    signal,
  );
  if (result.error) throw result.error;
  return result.data;
}

function stateOf(module: ModuleFrame, entrypoint: string, argumentCount: number): UdfState {
  const parameters = Array.from({ length: argumentCount }, (_, i) => ({
    name: `argument${i + 1}`,
    type: { kind: "json" as const },
    optional: true,
    hasDefault: false,
  }));
  const frame: UdfFrame = {
    name: entrypoint === probeName ? module.name : `${module.name}.${entrypoint}`,
    source: module.source,
    carrier: "file",
    entrypoint,
    parameters: { style: "positional", parameters, rest: false },
    headers: module.headers,
    origin: module.origin,
    metadata: {},
  };
  return { frame, defaults: {}, runDefaults: {} };
}
