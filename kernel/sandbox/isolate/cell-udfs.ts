import { errorOf, type Calls } from "./calls.ts";
import type { Outward } from "./channel.ts";
import { setPoolNumber, setUdfNumber, udfNumber } from "./udf-handle.ts";

/** What the host tells of a UDF it has made. */
export interface UdfFacts {
  id: number;
  name: string;
  code: string;
  entrypoint: string;
  parameters: Record<string, unknown>;
  schema: { parameters: { name: string }[] };
  metadata: Record<string, unknown>;
  text: string;
}

interface PoolFacts {
  id: number;
  length: number;
}

/**
 * `fused.udf`, `fused.run` and what they give, inside a notebook's isolate. The UDFs themselves are the host's: they are
 * parsed there and run in the engine, with no more rights than the notebook has.
 */
export function makeCellUdfs(outward: Outward, calls: Calls, sourceOf: (fn: object) => string | undefined) {
  /** A question that the host answers at once. */
  const askNow = (kind: "udf" | "pool", detail: object): unknown => {
    const { failed, value } = JSON.parse(outward.ask(kind, JSON.stringify(detail)) as string) as {
      failed?: Parameters<typeof errorOf>[0];
      value?: unknown;
    };
    if (failed) throw errorOf(failed);
    return value;
  };
  const askUdf = (detail: object) => wrap(askNow("udf", detail) as UdfFacts);

  function wrap({ id, name, code, entrypoint, parameters, schema, metadata, text }: UdfFacts) {
    const run = async (args: unknown[], options: unknown, form: "call" | "params") =>
      (await calls.call("udf.run", { id, form }, [args, options])).data;
    const udf = (...args: unknown[]) => run(args, undefined, "call");
    const facts = { name, code, entrypoint, parameters, schema, metadata, meta: metadata };
    const absent = {
      engine: undefined,
      cacheMaxAge: undefined,
      diskSizeGb: undefined,
      region: undefined,
      readme: undefined,
    };
    for (const [key, value] of Object.entries({ ...facts, ...absent })) {
      Object.defineProperty(udf, key, { value, configurable: true, enumerable: false });
    }
    const methods = {
      run: (params?: object, options?: object) => run([params], options, "params"),
      runLocal: (params?: object, options?: object) => run([params], options, "params"),
      map: (args: unknown, options?: object) => startPool(id, args, options),
      with: (options: object) => askUdf({ op: "with", id, options }),
      setParameters: (params: object, options?: object) => {
        askNow("udf", { op: "setParameters", id, options: { params, ...options } });
        return udf;
      },
      evalSchema: () => askNow("udf", { op: "evalSchema", id }),
      toString: () => text,
    };
    for (const [key, value] of Object.entries(methods)) {
      Object.defineProperty(udf, key, { value, configurable: true, writable: true, enumerable: false });
    }
    setUdfNumber(udf, id);
    return udf;
  }

  /** Fans out at once; what goes wrong with the list itself is told where the pool is first waited for. */
  function startPool(id: number, args: unknown, options: object | undefined) {
    const list =
      Array.isArray(args) || typeof args !== "object" || args === null || !(Symbol.iterator in args)
        ? args
        : [...(args as Iterable<unknown>)];
    const started = calls.call("udf.map", { id }, [list, options]).then(({ value }) => value as PoolFacts);
    started.catch(() => {});
    return makePool(started, Array.isArray(list) ? list.length : undefined).pool;
  }

  function makePool(started: Promise<PoolFacts>, length: number | undefined) {
    const call = async (method: string, options: object = {}) => {
      const { id } = await started;
      return calls.call("pool.call", { id, method, options });
    };
    const now = (method: string) => {
      if (number === undefined)
        throw new Error(`The pool is being started: await pool.wait() before pool.${method}().`);
      return askNow("pool", { id: number, method });
    };
    let number: number | undefined;
    const pool = {
      get length() {
        return length ?? 0;
      },
      wait: async (options?: object) => {
        await call("wait", options);
        return pool;
      },
      results: async (options?: object) => (await call("results", options)).data,
      collect: async (options?: object) => (await call("collect", options)).data,
      df: async (options?: object) => (await call("collect", options)).data,
      argDf: async () => (await call("argDf")).data,
      logsDf: async () => (await call("logsDf")).data,
      success: async () => (await call("success")).data,
      errors: async () => (await call("errors")).data,
      cancel: async (options?: object) => void (await call("cancel", options)),
      shutdown: async (options?: object) => void (await call("shutdown", options)),
      retry: async () => void (await call("retry")),
      done: () => now("done"),
      status: () => now("status"),
      allSucceeded: () => now("allSucceeded"),
      anyFailed: () => now("anyFailed"),
      totalTime: () => now("totalTime"),
      progress: () => now("progress"),
      async *[Symbol.asyncIterator]() {
        for (const item of (await call("items")).data as unknown[]) yield item;
      },
      [Symbol.for("Jupyter.display")]: async () => (await call("display")).value,
    };
    const known = (facts: PoolFacts) => {
      number = facts.id;
      length = facts.length;
      setPoolNumber(pool, facts.id);
    };
    void started.then(known, () => {});
    return { pool, known };
  }

  const define = (source: unknown, options?: object) => {
    const id = udfNumber(source);
    if (id !== undefined) return options ? askUdf({ op: "with", id, options }) : source;
    if (typeof source !== "function" && typeof source !== "string") {
      throw new TypeError(`fused.udf takes a function or its source text; what came is ${typeof source}.`);
    }
    const text = typeof source === "string" ? source : (sourceOf(source) ?? Function.prototype.toString.call(source));
    const name = typeof source === "function" && source.name !== "" ? source.name : undefined;
    return askUdf({ op: "define", source: text, name, options });
  };

  return {
    wrap,
    wrapPool: (facts: PoolFacts) => {
      const { pool, known } = makePool(Promise.resolve(facts), facts.length);
      known(facts);
      return pool;
    },
    udf: define,
    run: async (target: unknown, params?: object, options?: object) => {
      const udf = define(target) as { run(params?: object, options?: object): Promise<unknown> };
      return udf.run(params, options);
    },
  };
}

export type CellUdfs = ReturnType<typeof makeCellUdfs>;
