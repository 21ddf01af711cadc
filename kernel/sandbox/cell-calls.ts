import type { JobPool } from "../../fused/job-pool.ts";
import { boundedList, readValues, writeData, writeValue } from "./boundary-values.ts";
import { describeFailure, type CallAnswer } from "./cell-requests.ts";
import { count, flag, json, list, record, text } from "./read-plain.ts";
import { runSandboxMagic, type MagicLinks } from "./sandbox-magics.ts";
import type { SandboxUdfs } from "./sandbox-udfs.ts";

export interface CallLinks {
  udfs(): SandboxUdfs;
  ask(execution: number, prompt: string, password: boolean): Promise<string | null>;
  /** Evaluates TypeScript in the notebook; the notebook is told of the value under the number. */
  evaluate(execution: number, id: number, source: string, firstLine: number): void;
  help(execution: number, name: string, detail: number): Promise<void>;
  magic(execution: number): MagicLinks;
  cellName(execution: number): string;
}

const longestSource = 4 << 20;
const digests = new Set(["SHA-1", "SHA-256", "SHA-384", "SHA-512"]);

type Detail = Record<string, unknown>;
type Call = (detail: Detail, body: Uint8Array | undefined, signal: AbortSignal) => Promise<CallAnswer>;

/** The calls that the code in a notebook's isolate can make, by name. Each argument may be hostile. */
export function createCellCalls(links: CallLinks) {
  const { udfs } = links;
  const calls: Record<string, Call> = {
    async input({ execution, text: prompt, password }) {
      return { value: await links.ask(count(execution), text(prompt, 10_000), flag(password)) };
    },
    async evaluate({ execution, id, source, firstLine }) {
      if (count(id) % 2 === 0) throw new TypeError("Even numbers are the host's.");
      links.evaluate(count(execution), count(id), text(source, longestSource), Math.max(1, count(firstLine)));
      return {};
    },
    async digest({ algorithm, values }, data) {
      const name = text(algorithm, 20).toUpperCase();
      if (!digests.has(name)) throw new TypeError(`crypto.subtle.digest knows ${[...digests].join(", ")}.`);
      const [content] = await readValues(values, data, udfs);
      if (!(content instanceof Uint8Array)) throw new TypeError("crypto.subtle.digest takes bytes.");
      const digest = await crypto.subtle.digest(name, content as Uint8Array<ArrayBuffer>);
      return { bytes: await writeData(new Uint8Array(digest)) };
    },
    async help({ execution, name, detail }) {
      await links.help(count(execution), text(name, 1000), count(detail));
      return {};
    },
    async magic({ execution, kind, name, line, body, bodyFirstLine, assigned, keys, names, values }, data) {
      const of = count(execution);
      const read = await readValues(values, data, udfs);
      const use = {
        kind: kind === "cell" ? ("cell" as const) : ("line" as const),
        name: text(name, 200),
        line: text(line, longestSource),
        body: text(body, longestSource),
        bodyFirstLine: Math.max(1, count(bodyFirstLine)),
        assigned: flag(assigned),
        values: Object.fromEntries(list(keys, 100).map((key, i) => [text(key, 100), read[i]])),
        names: list(names, 10_000).map((each) => text(each, 200)),
      };
      return writeValue(await runSandboxMagic(use, links.magic(of)), udfs);
    },
    async "udf.run"({ id, form, values }, data, signal) {
      const udf = udfs().get(id);
      const [args, options] = await readValues(values, data, udfs);
      const given = list(args, 1000);
      // A run that is dropped ends.
      const ended = { ...udfs().runOptions(options), signal };
      const value = form === "call" ? await udf.with(ended)(...given) : await udf.run(record(given[0]), ended);
      return writeValue(value, udfs);
    },
    async "udf.map"({ id, values }, data) {
      const [items, options] = await readValues(values, data, udfs);
      const pool = udfs().get(id).map(boundedList(items), udfs().runOptions(options));
      return { value: udfs().keepPool(pool) };
    },
    async "pool.call"({ id, method, options }) {
      const name = text(method, 50);
      const act = Object.hasOwn(poolCalls, name) ? poolCalls[name] : undefined;
      if (!act) throw new TypeError(`A pool of a sandboxed notebook has no ${name}.`);
      return act(udfs().pool(id), record(options));
    },
  };

  /** What the notebook waits for while it stands still. */
  const asked: Record<string, (detail: Detail) => unknown> = {
    udf({ op, id, source, name, options }) {
      if (op === "define") return udfs().keep(udfs().define(source, name, options));
      const udf = udfs().get(id);
      if (op === "with") return udfs().keep(udf.with(udfs().runOptions(options)));
      if (op === "evalSchema") return udf.evalSchema();
      const { params, replaceParameters } = record(options);
      udf.setParameters(record(params), { replaceParameters: flag(replaceParameters) });
      return undefined;
    },
    pool({ id, method }) {
      const pool = udfs().pool(id);
      switch (method) {
        case "done":
          return pool.done();
        case "status":
          return pool.status();
        case "allSucceeded":
          return pool.allSucceeded();
        case "anyFailed":
          return pool.anyFailed();
        case "totalTime":
          return pool.totalTime();
        default:
          return pool.progress();
      }
    },
  };

  return {
    async call(name: string, detail: Detail, body: Uint8Array | undefined, signal: AbortSignal): Promise<CallAnswer> {
      const act = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (!act) throw new TypeError("The host of a sandboxed notebook knows no such call.");
      return act(detail, body, signal);
    },
    /** The answer as JSON. */
    askNow(kind: string, detail: unknown): string {
      try {
        return JSON.stringify({ value: asked[kind]!(json(detail, 16 << 20)) });
      } catch (error) {
        return JSON.stringify({ failed: describeFailure(error) });
      }
    },
  };
}

const plainItem = (error: Error | undefined) => error && describeFailure(error);

const poolCalls: Record<string, (pool: JobPool, options: Record<string, unknown>) => Promise<CallAnswer>> = {
  async wait(pool, { timeout, progress }) {
    await pool.wait({ ...(timeout !== undefined && { timeout: Number(timeout) }), progress: progress !== false });
    return {};
  },
  async results(pool, { returnExceptions }) {
    const values = await pool.results({ returnExceptions: flag(returnExceptions) });
    return { bytes: await writeData(values.map((each) => (each instanceof Error ? plainItem(each) : each))) };
  },
  collect: async (pool, { ignoreExceptions, flatten }) => ({
    bytes: await writeData(
      await pool.collect({ ignoreExceptions: flag(ignoreExceptions), ...(flatten === false && { flatten: false }) }),
    ),
  }),
  argDf: async (pool) => ({ bytes: await writeData(pool.argDf()) }),
  logsDf: async (pool) => ({ bytes: await writeData(pool.logsDf({ includeExceptions: false })) }),
  success: async (pool) => ({ bytes: await writeData(pool.success()) }),
  errors: async (pool) => ({
    bytes: await writeData(new Map([...pool.errors()].map(([index, error]) => [index, plainItem(error)]))),
  }),
  async items(pool) {
    const items = [];
    for await (const { error, ...item } of pool) items.push({ ...item, ...(error && { error: plainItem(error) }) });
    return { bytes: await writeData(items) };
  },
  async cancel(pool, { wait }) {
    await pool.cancel({ wait: flag(wait) });
    return {};
  },
  async shutdown(pool, { wait }) {
    await pool.shutdown({ wait: flag(wait) });
    return {};
  },
  async retry(pool) {
    pool.retry();
    return {};
  },
  display: async (pool) => ({
    value: (pool as unknown as { [key: symbol]: () => Record<string, unknown> })[Symbol.for("Jupyter.display")]!(),
  }),
};
