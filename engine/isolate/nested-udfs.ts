import type { ParameterSchema } from "../udf-frame.ts";
import { packEncoded, unpackEncoded } from "../values/packed-value.ts";
import { answered, type Requests } from "./requests.ts";
import type { CurrentRun } from "./run-facts.ts";
import type { Travel } from "./travel.ts";

/** A UDF as a running UDF has it: calling it is a run of its own, beside this one. */
interface NestedUdf {
  (...args: unknown[]): Promise<unknown>;
  run(params?: object, options?: RunOptions): Promise<unknown>;
  map(args: unknown, options?: MapOptions): NestedPool;
}

interface RunOptions {
  /** Seconds, no more than this run has. */
  timeout?: number;
  /** Megabytes, no more than this run has. */
  memory?: number;
  signal?: AbortSignal;
  name?: string;
}

interface MapOptions extends RunOptions {
  /** Runs at a time. Default 64; no more compute at once than the engine has cores. */
  maxWorkers?: number;
}

interface PoolItem {
  index: number;
  args: unknown;
  value?: unknown;
  error?: unknown;
}

type Target = { code: string; name?: string } | { self: true };

const usualWorkers = 64;
const target: unique symbol = Symbol("target");

/**
 * `fused.udf`, `fused.load` and `fused.run` inside a UDF. A function has no type annotations left here, so its parameters
 * come as they are given; those of a code string are coerced.
 */
export function makeNestedUdfs(requests: Requests, travel: Travel, current: CurrentRun): object {
  const ask = async (what: Target, params: unknown, { timeout, memory, signal }: RunOptions = {}): Promise<unknown> => {
    signal?.throwIfAborted();
    const packed = packEncoded(travel.encode(params ?? {}));
    const detail = JSON.stringify({ ...what, options: { timeout, memory } });
    const asked = requests.ask("run", detail, packed.buffer);
    const drop = () => asked.drop(signal!.reason);
    signal?.addEventListener("abort", drop, { once: true });
    try {
      const { body } = await answered(asked);
      return await travel.decode(unpackEncoded(new Uint8Array(body!)));
    } finally {
      signal?.removeEventListener("abort", drop);
    }
  };

  const make = (what: Target, name: string): NestedUdf => {
    const call = (...args: unknown[]) => ask(what, byName(args));
    const udf = Object.assign(call, {
      run: (params?: object, options?: RunOptions) => ask(what, params, options),
      map: (args: unknown, options: MapOptions = {}) =>
        new NestedPool((params) => ask(what, params, options), args, options),
      code: "code" in what ? what.code : current.facts!.udf.code,
      [target]: what,
    });
    Object.defineProperty(udf, "name", { value: name, configurable: true });
    return udf as unknown as NestedUdf;
  };

  const targetOf = (given: unknown, place: string, name?: string): Target => {
    const known = (given as { [target]?: Target } | undefined)?.[target];
    if (known) return known;
    if (typeof given === "function") return { code: sourceOf(given), name: name ?? (given.name || undefined) };
    if (typeof given === "string" && /[\n;]|=>|\bfunction\b/.test(given)) return { code: given, name };
    if (given && given === current.facts?.udf) return { self: true };
    throw new TypeError(
      typeof given === "string"
        ? `${place} inside a UDF takes a UDF's code; ${JSON.stringify(given.slice(0, 100))} is none. Load it in the notebook ` +
            "and pass its code (udf.code) as a parameter."
        : `${place} inside a UDF takes a function, a UDF's code, or fused.context.thisUdf; what came is ${typeof given}.`,
    );
  };

  return {
    udf: (source: unknown, options: { name?: string } = {}) => {
      const what = targetOf(source, "fused.udf", options.name);
      return make(what, ("name" in what && what.name) || "udf");
    },
    load: async (code: unknown, options: { name?: string } = {}) => {
      const what = targetOf(code, "fused.load", options.name);
      const { detail } = await answered(requests.ask("run", JSON.stringify({ ...what, open: true })));
      const { name, parameters } = JSON.parse(detail) as { name: string; parameters: ParameterSchema };
      return Object.assign(make(what, name), { schema: parameters });
    },
    run: async (given: unknown, params?: object, options: RunOptions = {}) =>
      ask(targetOf(given, "fused.run", options.name), params, options),
  };
}

/** A function's text. A native one, or a bound one, has none. */
function sourceOf(fn: object): string {
  const text = Function.prototype.toString.call(fn);
  if (!/\{\s*\[native code\]\s*\}$/.test(text)) return text;
  throw new TypeError("fused.udf takes a function whose text is there; a bound or built-in one has none.");
}

/** `udf({ n: 3 })` names parameters, `udf(3)` gives them in their order. */
function byName(args: unknown[]): unknown {
  const [first] = args;
  if (args.length === 0 || (args.length === 1 && first === undefined)) return {};
  const isNames =
    args.length === 1 && typeof first === "object" && first !== null && isPlain(first) && !("type" in first);
  return isNames ? first : args;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The runs of a `map` inside a UDF. `results` waits for all; iterating gives each as it is done. */
class NestedPool {
  #items: PoolItem[];
  #runs: Promise<PoolItem>[];

  constructor(run: (params: unknown) => Promise<unknown>, args: unknown, { maxWorkers = usualWorkers }: MapOptions) {
    if (typeof args !== "object" || args === null || !(Symbol.iterator in args)) {
      throw new TypeError(
        "udf.map takes a list: of values for the first parameter, or of objects that name parameters.",
      );
    }
    if (!(Number.isInteger(maxWorkers) && maxWorkers > 0)) {
      throw new TypeError(
        `The option maxWorkers of udf.map is an integer, 1 or more; what came is ${String(maxWorkers)}.`,
      );
    }
    this.#items = Array.from(args as Iterable<unknown>, (each, index) => ({ index, args: each }));
    const free: (() => void)[] = [];
    let left = maxWorkers;
    const turn = () => (left > 0 ? void left-- : new Promise<void>((resolve) => free.push(resolve)));
    this.#runs = this.#items.map(async (item) => {
      await turn();
      try {
        item.value = await run(byName([item.args]));
      } catch (error) {
        item.error = error;
      }
      const next = free.shift();
      if (next) next();
      else left++;
      return item;
    });
  }

  get length(): number {
    return this.#items.length;
  }

  async wait(): Promise<this> {
    await Promise.all(this.#runs);
    return this;
  }

  /** The values in order. @throws the first error, unless `returnExceptions` puts errors in their places */
  async results({ returnExceptions = false } = {}): Promise<unknown[]> {
    await this.wait();
    const failed = returnExceptions ? undefined : this.#items.find((item) => "error" in item);
    if (failed) throw failed.error;
    return this.#items.map((item) => ("error" in item ? item.error : item.value));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PoolItem, void, undefined> {
    const left = new Map(this.#runs.map((run, index) => [index, run]));
    while (left.size > 0) {
      const item = await Promise.race(left.values());
      left.delete(item.index);
      yield { ...item };
    }
  }
}
