import { writeCallKey } from "../../engine/cache/call-key.ts";
import type { CacheStore, StoreTurn } from "../../engine/cache/cache-store.ts";
import type { FunctionPlan } from "../../engine/cache/function-plan.ts";
import { ageInSeconds, ageText } from "../cache-age.ts";
import { isCacheOptions, readCacheOptions, type CacheOptions } from "./cache-options.ts";

/** A function whose calls are kept. It always gives a promise; a call may end with options of its own. */
export type CachedFunction<Args extends unknown[] = unknown[], Value = unknown> = {
  (...args: [...Args, options?: CacheOptions]): Promise<Value>;
  /** The same function with other options. */
  with(options: CacheOptions): CachedFunction<Args, Value>;
};

type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** `fused.cache`: wraps a function, or (given options alone) makes a decorator for methods. */
export interface Cache {
  <Args extends unknown[], Value>(
    fn: (...args: Args) => Value | Promise<Value>,
    options?: CacheOptions,
  ): CachedFunction<Args, Awaited<Value>>;
  (
    options?: CacheOptions,
  ): <Method extends AnyFunction>(method: Method, context?: unknown, descriptor?: unknown) => never;
}

const sources = new WeakMap<object, string>();

/** The source of the function that a cached function wraps, or of the function itself. */
export function sourceOfCached(fn: object): string {
  return sources.get(fn) ?? Function.prototype.toString.call(fn);
}

/** `fused.cache` over a store. */
export function makeCache<Key>(store: CacheStore<Key>): Cache {
  const wrap = (fn: AnyFunction, options: CacheOptions, isMethod: boolean): CachedFunction => {
    const source = sourceOfCached(fn);
    const call = async function (this: unknown, ...given: unknown[]): Promise<unknown> {
      const plan = await store.plan(source);
      const { args, overrides } = takeOverrides(given, plan);
      const asked = { ...options, ...overrides };
      const settings = store.settings();
      const maxAge = asked.cacheMaxAge === undefined ? settings.maxAge : ageInSeconds(asked.cacheMaxAge);
      const compute = async () => fn.apply(this, args as never[]);
      if (maxAge === 0) return compute();
      const name = fn.name || plan.name || "function";
      const exclude = asked.cacheKeyExclude ?? [];
      const self = isMethod ? { value: ownFields(this) } : undefined;
      const key = store.key((sink) =>
        writeCallKey({ source, plan: { ...plan, name }, args, self, exclude, version: asked.cacheVersion }, sink, {
          codeOf,
        }),
      );
      const answer = await store.open({
        key,
        name,
        source,
        maxAge,
        reset: asked.cacheReset ?? false,
        lockTimeout: asked.concurrentLockTimeout ?? 120,
        folder: asked.cacheFolderPath ?? "tmp",
        storage: asked.cacheStorage,
      });
      if ("hit" in answer) {
        if (asked.cacheVerbose ?? settings.verbose) console.log(`${name}: cached, ${ageText(answer.hit.age)} old`);
        return answer.hit.value;
      }
      return computeAndKeep(compute, answer.turn, name);
    };
    const cached = Object.defineProperties(call, {
      name: { value: fn.name, configurable: true },
      with: { value: (more: CacheOptions) => wrap(fn, { ...options, ...readCacheOptions(more) }, isMethod) },
    }) as unknown as CachedFunction;
    sources.set(cached, source);
    return cached;
  };

  return ((first?: unknown, second?: unknown) => {
    if (typeof first === "function") {
      if (isClass(first)) throw new TypeError("fused.cache takes a function, not a class: cache its methods.");
      return wrap(first as AnyFunction, readCacheOptions(second), false);
    }
    if (first !== undefined && (typeof first !== "object" || first === null)) {
      throw new TypeError(
        `fused.cache takes a function; what came is ${first === null ? "null" : `a ${typeof first}`}.`,
      );
    }
    const options = readCacheOptions(first);
    return (target: unknown, context?: unknown, descriptor?: { value?: unknown }) => {
      // TypeScript's older decorators hand over a property descriptor, the standard's the method itself.
      if (descriptor && typeof descriptor.value === "function") {
        descriptor.value = wrap(descriptor.value as AnyFunction, options, true);
        return descriptor;
      }
      const isMethod = (context as { kind?: unknown } | undefined)?.kind === "method";
      return wrap(target as AnyFunction, options, isMethod);
    };
  }) as Cache;
}

async function computeAndKeep(compute: () => Promise<unknown>, turn: StoreTurn, name: string): Promise<unknown> {
  const started = Date.now();
  try {
    const value = await compute();
    if (typeof (value as { next?: unknown } | null | undefined)?.next === "function") {
      throw new TypeError(
        `fused.cache: ${name} gave a generator, which cannot be kept: collect its values into an array first.`,
      );
    }
    await turn.keep(value, (Date.now() - started) / 1000);
    return value;
  } finally {
    turn.release();
  }
}

/** An object of cache options after the function's own arguments is the call's own. */
function takeOverrides(given: unknown[], plan: FunctionPlan): { args: unknown[]; overrides: CacheOptions } {
  const last = given.at(-1);
  const isBeyond = plan.rest === undefined && given.length > plan.parameters.length;
  if (!isBeyond || !isCacheOptions(last)) return { args: given, overrides: {} };
  return { args: given.slice(0, -1), overrides: readCacheOptions(last) };
}

/** What tells a method's object from others of its class: its class's name and its own fields. */
function ownFields(self: unknown): unknown {
  if (typeof self !== "object" || self === null) return self;
  return { class: self.constructor?.name, fields: { ...self } };
}

/** A UDF is its code, a cached function the function it wraps. */
function codeOf(fn: object): string | undefined {
  const state = (fn as { [udfState]?: { frame?: { source?: unknown; headers?: unknown } } })[udfState];
  if (state?.frame) return JSON.stringify([state.frame.source, state.frame.headers]);
  return sources.get(fn);
}

const udfState: unique symbol = Symbol.for("fused.udf.state") as never;

function isClass(fn: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(fn));
}
