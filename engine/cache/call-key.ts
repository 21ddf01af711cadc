import { ContentError, writeContent, type ContentOptions, type ContentSink } from "./content.ts";
import type { FunctionPlan, PlannedParameter } from "./function-plan.ts";

/** One call of a cached function. */
export interface CachedCall {
  source: string;
  plan: FunctionPlan;
  args: readonly unknown[];
  /** The object whose method is called; only where the function is a method. */
  self?: { value: unknown };
  /** Names of arguments that make no difference; `this` for the object of a method. */
  exclude: readonly string[];
  /** Whatever else the author wants to tell versions apart by. */
  version: unknown;
}

/** An argument that cannot be part of a key. */
export class KeyError extends TypeError {
  override name = "KeyError";
}

/**
 * Writes what makes a call the same as another: the function's source and its arguments as they are bound, defaults that
 * are literals filled in, so that `f(1)` and `f(1, 2)` are one call of `(x, y = 2) => …` (fused-spec.md 10.2).
 * @throws KeyError naming the argument that cannot be compared
 */
export function writeCallKey(call: CachedCall, sink: ContentSink, options?: ContentOptions): void {
  const { plan, args, exclude } = call;
  const write = (name: string, value: unknown) => {
    if (exclude.includes(name)) return;
    sink.write(`|${name.length}:${name}`);
    try {
      writeContent(value, sink, options);
    } catch (error) {
      if (error instanceof ContentError) throw unhashable(plan.name, name, error);
      throw error;
    }
  };
  sink.write(`fn1:${call.source.length}:${call.source}`);
  if (call.version !== undefined) write("cacheVersion", call.version);
  if (call.self) write("this", call.self.value);
  plan.parameters.forEach((parameter, i) => {
    write(parameter.name ?? `argument ${i + 1}`, boundValue(parameter, args[i], exclude));
  });
  const rest = args.slice(plan.parameters.length);
  if (rest.length > 0) write(plan.rest ?? "further arguments", rest);
}

/** The value a parameter gets, with the literal defaults of its own and of an object pattern's members. */
function boundValue(parameter: PlannedParameter, given: unknown, exclude: readonly string[]): unknown {
  const value = given === undefined && parameter.default ? parameter.default.value : given;
  const { members } = parameter;
  if (!members || typeof value !== "object" || value === null) return value;
  const bound: Record<string, unknown> = { ...value };
  for (const { name, default: fallback } of members) {
    if (bound[name] === undefined && fallback) bound[name] = fallback.value;
  }
  for (const name of Object.keys(bound)) if (bound[name] === undefined || exclude.includes(name)) delete bound[name];
  return bound;
}

function unhashable(functionName: string, name: string, { path, what }: ContentError): KeyError {
  return new KeyError(
    `fused.cache: the argument ${name}${path} of ${functionName || "the function"} is ${what}, which cannot be part of a cache ` +
      `key. Leave it out of the key with cacheKeyExclude: [${JSON.stringify(name)}], or pass plain data.`,
  );
}
