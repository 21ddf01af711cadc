import type { Engine, NetworkPermission, RunLimits, RunRequest } from "../../engine/run-types.ts";
import type { JobPool } from "../../fused/job-pool.ts";
import type { RunOptions } from "../../fused/run-options.ts";
import type { SessionLinks } from "../../fused/session.ts";
import type { Udf } from "../../fused/udf.ts";
import { loadRewriting, loadSdk } from "../session/when-needed.ts";
import type { UdfFacts } from "./isolate/cell-udfs.ts";
import { count, record, text } from "./read-plain.ts";

/** The UDFs and pools of a sandboxed notebook. The notebook has numbers for them. */
export interface SandboxUdfs {
  define(source: unknown, name: unknown, options: unknown): Udf;
  get(id: unknown): Udf;
  pool(id: unknown): JobPool;
  /** Keeps a UDF or a pool under a number, and what the notebook is told of it. */
  keep(udf: Udf): UdfFacts;
  keepPool(pool: JobPool): { id: number; length: number };
  /** Options for the runs of a UDF, as far as a notebook may choose them. @throws TypeError naming the others */
  runOptions(given: unknown): RunOptions;
}

export interface SandboxUdfParts extends Omit<SessionLinks, "sourceOf" | "registerMagic"> {
  /** What the notebook itself may reach now. */
  permission(): NetworkPermission;
}

const mostUdfs = 10_000;
const mostPools = 1_000;
const longestSource = 4 << 20;
/** Limits that a notebook may not raise. Memory in MB, result in bytes, time in milliseconds. */
const most = { timeoutMs: 3_600_000, memoryMb: 1024, resultBytes: 256 << 20, recursion: 5, logCharacters: 1_000_000 };
const choosable = new Set(
  "x y z lat lng bounds bbox tile type engine timeout memory verbose maxRetry cacheMaxAge cache parameters maxWorkers".split(
    " ",
  ),
);

/** Opens the SDK for a sandboxed notebook: its runs go to the engine of the kernel, with the rights of the notebook. */
export function openSandboxUdfs({ permission, ...links }: SandboxUdfParts): SandboxUdfs {
  const sdk = loadSdk().connectSdk({
    ...links,
    isTrusted: false,
    sourceOf: () => undefined,
    registerMagic() {
      throw new Error("A sandboxed notebook makes no magics of its own.");
    },
  });
  sdk.useEngine(() => links.detached(async () => restricted(await connect(links), permission)));
  // Kept results are shared with notebooks that may do more.
  sdk.options.localEngineCache = false;
  const udfs = new Map<number, Udf>();
  const pools = new Map<number, JobPool>();
  const numbers = new WeakMap<object, number>();
  let last = 0;

  const number = <T extends object>(all: Map<number, T>, value: T, most: number, what: string): number => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    if (all.size >= most) throw new RangeError(`A sandboxed notebook has ${most} ${what} at most.`);
    all.set(++last, value);
    numbers.set(value, last);
    return last;
  };

  return {
    define(source, name, options) {
      const code = text(source, longestSource + 1);
      if (code.length > longestSource)
        throw new RangeError(`The source of a UDF has ${longestSource} characters at most.`);
      const { name: named, ...others } = record(options);
      refuseOthers(others, new Set(["defaultParameters", "cacheMaxAge"]), "fused.udf");
      const written = code.includes("__fused.") ? loadRewriting().withoutRewriting(code) : code;
      return sdk.udf(written, { name: text(named ?? name, 200) || undefined, ...others });
    },
    get(id) {
      const udf = udfs.get(count(id));
      if (udf) return udf;
      throw new Error("There is no such UDF in this notebook.");
    },
    pool(id) {
      const pool = pools.get(count(id));
      if (pool) return pool;
      throw new Error("There is no such pool in this notebook.");
    },
    keep(udf) {
      const { name, code, entrypoint, parameters, schema, metadata } = udf;
      const id = number(udfs, udf, mostUdfs, "UDFs");
      return { id, name, code, entrypoint, parameters, schema, metadata: { ...metadata }, text: String(udf) };
    },
    keepPool: (pool) => ({ id: number(pools, pool, mostPools, "pools"), length: pool.length }),
    runOptions(given) {
      const options = record(given);
      refuseOthers(options, choosable, "A run");
      if (options["engine"] !== undefined && options["engine"] !== "local") {
        throw new TypeError('The UDFs of a sandboxed notebook run on this machine: engine is "local".');
      }
      return { ...options, engine: "local" } as RunOptions;
    },
  };
}

function refuseOthers(options: Record<string, unknown>, known: Set<string>, place: string): void {
  const other = Object.keys(options).find((name) => options[name] !== undefined && !known.has(name));
  if (other === undefined) return;
  throw new TypeError(
    `${place} takes no ${other.slice(0, 100)} in a sandboxed notebook: its UDFs have the rights of the notebook, which its ` +
      `user grants. There are: ${[...known].join(", ")}.`,
  );
}

async function connect({ enginePath }: Pick<SessionLinks, "enginePath">): Promise<Engine> {
  const [{ connectEngine }, path] = await Promise.all([import("../../engine/client.ts"), enginePath()]);
  return connectEngine(path);
}

/** The engine for runs with the rights of the notebook, whatever the SDK asks for: no files, no secrets, the same hosts. */
function restricted(engine: Engine, permission: () => NetworkPermission): Engine {
  return {
    close: () => engine.close(),
    run: (request: RunRequest, options) =>
      engine.run(
        {
          frame: request.frame,
          parameters: request.parameters,
          depth: request.depth,
          access: undefined,
          network: permission(),
          limits: atMost(request.limits),
        },
        options,
      ),
  };
}

function atMost(limits: Partial<RunLimits> = {}): Partial<RunLimits> {
  const { timeoutMs, memoryMb } = limits;
  return {
    ...most,
    timeoutMs: timeoutMs === undefined ? 120_000 : timeoutMs > 0 ? Math.min(timeoutMs, most.timeoutMs) : most.timeoutMs,
    ...(memoryMb !== undefined && { memoryMb: Math.min(memoryMb, most.memoryMb) }),
  };
}
