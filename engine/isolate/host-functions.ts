import type { CacheStore } from "../cache/cache-store.ts";
import type { TableReader } from "../table-reader.ts";
import { NotEncodableError } from "../values/not-encodable.ts";
import { packEncoded, unpackEncoded } from "../values/packed-value.ts";
import type { IsolateParts } from "./globals.ts";
import type { HostLink } from "./host-link.ts";
import type { Modules } from "./modules.ts";
import { makeNestedUdfs } from "./nested-udfs.ts";
import { makeRasterFunctions } from "./raster-functions.ts";
import type { CurrentRun, RunFacts } from "./run-facts.ts";
import { answered, type Answer } from "./requests.ts";
import type { Travel } from "./travel.ts";

/** What of `fused` in a UDF is done by the host: it holds the files, the cache, DuckDB and the secrets. */
export function makeHostFunctions(host: HostLink, { requests, modules, travel, current }: IsolateParts): object {
  const call = (name: string, detail: object, body?: ArrayBuffer): Promise<Answer> =>
    answered(requests.ask("call", JSON.stringify({ call: name, ...detail }), body));
  let cache: object | undefined;
  return {
    /** Keeps what a function gives for its arguments, for this run and all later ones (fused-spec.md 10). */
    get cache(): object {
      const { makeCache } =
        require("../../fused/cache/cached-function.ts") as typeof import("../../fused/cache/cached-function.ts");
      return (cache ??= makeCache(makeStore(call, travel, current)));
    },
    /** Downloads a file once and gives its path on the host. */
    download: async (url: unknown, path: unknown, options: { storage?: unknown; overwrite?: unknown } = {}) => {
      const { storage, overwrite } = options;
      return (await call("download", { url: String(url), path, storage, overwrite: overwrite === true })).detail;
    },
    /** The path of a file of the run's own on the host; it lives for 12 hours after its last use. */
    filePath: async (path: unknown, options: { mkdir?: unknown; storage?: unknown } = {}) => {
      const { mkdir, storage } = options;
      return (await call("filePath", { path, storage, mkdir: mkdir !== false })).detail;
    },
    /** The bytes of a file that `download` or `filePath` gave the path of. */
    readFile: async (path: unknown) => (await call("readFile", { path: String(path) })).body ?? new ArrayBuffer(0),
    /** Writes text or bytes to a path that `filePath` gave. */
    writeFile: async (path: unknown, data: unknown) => {
      await call("writeFile", { path: String(path) }, bytesOf(data));
    },
    /** SQL over Parquet, CSV and JSON files, addresses of such, and Arrow tables; gives an Arrow Table. */
    sql: async (query: unknown, tables: Record<string, unknown> = {}) => {
      const packed = packEncoded(travel.encode(tables));
      const { body } = await call("sql", { query: String(query) }, packed.buffer);
      return travel.decode(unpackEncoded(new Uint8Array(body!)));
    },
    /** The chunks of a partitioned table far away, with their boxes. */
    getChunksMetadata: async (url: unknown) => {
      return chunks().getChunksMetadata(String(url), await tableReader(modules, current));
    },
    /** One chunk of such a table. */
    getChunkFromTable: async (
      url: unknown,
      fileId: string | number | null,
      chunkId: number | null = null,
      options: { columns?: string[] } = {},
    ) => chunks().getChunkFromTable(String(url), fileId, chunkId, options, await tableReader(modules, current)),
    ...makeRasterFunctions(call),
    ...makeNestedUdfs(requests, travel, current),
    secrets: makeSecrets(host, current),
    context: makeContext(current),
  };
}

const chunks = () => require("../../fused/tables/chunks.ts") as typeof import("../../fused/tables/chunks.ts");

/** Reads tables with the UDF's own `fetch`, and the packages for Parquet as the UDF would import them. */
async function tableReader(modules: Modules, current: CurrentRun): Promise<TableReader> {
  const { httpSource } =
    require("../../fused/tables/range-source.ts") as typeof import("../../fused/tables/range-source.ts");
  const hyparquet = (await modules.load("hyparquet")) as typeof import("hyparquet");
  const { compressors } = (await modules.load("hyparquet-compressors")) as typeof import("hyparquet-compressors");
  const { rowGroupBatchSize } = factsOf(current);
  const open = (address: string) => httpSource(address, (url, range) => fetch(url, { headers: { range } }));
  return { hyparquet, compressors, open, rowGroupBatchSize };
}

type Call = (name: string, detail: object, body?: ArrayBuffer) => Promise<Answer>;

function makeStore(call: Call, travel: Travel, current: CurrentRun): CacheStore<Uint8Array<ArrayBuffer>> {
  return {
    plan: async (source) => JSON.parse((await call("cachePlan", { source })).detail) as never,
    key(write) {
      const { ByteWriter } = require("../values/byte-writer.ts") as typeof import("../values/byte-writer.ts");
      const out = new ByteWriter();
      write({ write: (piece) => out.bytes(typeof piece === "string" ? new TextEncoder().encode(piece) : piece) });
      return out.finish();
    },
    settings: () => factsOf(current).cache,
    async open({ key, source: _source, ...request }) {
      const { detail, body } = await call("cacheOpen", request, key.buffer);
      const { age, turn } = JSON.parse(detail) as { age?: number; turn?: number };
      if (age !== undefined) return { hit: { value: await travel.decode(unpackEncoded(new Uint8Array(body!))), age } };
      let isOver = false;
      return {
        turn: {
          async keep(value, seconds) {
            const packed = packValue(travel, value, request.name);
            isOver = true;
            await call("cacheKeep", { turn, seconds }, packed.buffer);
          },
          release() {
            if (!isOver) call("cacheRelease", { turn }).catch(() => {});
            isOver = true;
          },
        },
      };
    },
  };
}

function packValue(travel: Travel, value: unknown, name: string): Uint8Array<ArrayBuffer> {
  try {
    return packEncoded(travel.encode(value));
  } catch (error) {
    if (!(error instanceof NotEncodableError)) throw error;
    throw new TypeError(`fused.cache: what ${name} gave cannot be kept: ${error.message}`);
  }
}

function bytesOf(data: unknown): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data.slice(0);
  if (ArrayBuffer.isView(data)) {
    return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
  }
  return (new TextEncoder().encode(String(data)) as Uint8Array<ArrayBuffer>).slice().buffer;
}

/** Secrets by name: `fused.secrets.get("X")`, `fused.secrets.X`, `fused.secrets["X"]`. They print as their names. */
function makeSecrets(host: HostLink, current: CurrentRun): object {
  const names = () => current.facts?.secretNames ?? [];
  const methods = {
    get(name: string): string {
      const value = host.secret(String(name));
      if (value !== undefined) return value;
      const error = new Error(
        `There is no secret ${JSON.stringify(name)} where this runs. For runs on the notebook's machine set it with ` +
          `fused.secrets.set(name, value), in the environment as FUSED_SECRET_${name}, or in a .env file; for runs on a ` +
          `service with fused.api.secrets.set(name, value).`,
      );
      Object.defineProperty(error, "name", { value: "NotFoundError", configurable: true });
      throw error;
    },
    has: (name: string) => names().includes(name),
    keys: () => [...names()],
  };
  return new Proxy(Object.create(null) as object, {
    get(_target, name) {
      if (typeof name !== "string" || name === "then") return undefined;
      if (name === "toString" || name === "toJSON") return () => `Secrets { ${names().join(", ")} }`;
      return Object.hasOwn(methods, name) ? methods[name as keyof typeof methods] : methods.get(name);
    },
    has: (_target, name) => names().includes(String(name)),
    ownKeys: names,
    set: () => false,
    getOwnPropertyDescriptor: () => undefined,
  });
}

function factsOf({ facts }: CurrentRun): RunFacts {
  if (facts) return facts;
  throw new Error("This run is told nothing of its circumstances.");
}

function makeContext(current: CurrentRun): object {
  const context = () => factsOf(current).context;
  const getHeader = (name: unknown): string | undefined => {
    const lower = String(name).toLowerCase();
    return Object.entries(context().headers).find(([key]) => key.toLowerCase() === lower)?.[1];
  };
  return {
    getHeaders: () => ({ ...context().headers }),
    getHeader,
    header: getHeader,
    getRecursionFactor: () => context().recursionFactor,
    getRealtimeClientId: () => context().realtimeClientId,
    getUserEmail: () => context().userEmail,
    inBatch: () => context().place === "batch",
    inRealtime: () => context().place === "realtime",
    get thisUdf() {
      return factsOf(current).udf;
    },
  };
}
