import { createHash } from "node:crypto";
import { join } from "node:path";
import { clearEntries, removeEntries } from "../../engine/cache/entries.ts";
import { ContentError, writeContent } from "../../engine/cache/content.ts";
import { openEntry, type EntryTurn } from "../../engine/cache/entry-turn.ts";
import { storageFolder } from "../../engine/host-access.ts";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import type { LogLine } from "../../engine/run-types.ts";
import type { EncodedValue } from "../../engine/values/encoded-value.ts";
import { packEncoded } from "../../engine/values/packed-value.ts";
import { readArea } from "../area.ts";
import { ageInSeconds } from "../cache-age.ts";
import { UdfParameterError } from "../errors.ts";
import { options } from "../options.ts";
import { udfState } from "../udf-state.ts";
import { bounds } from "../tiles/index.ts";
import { entryBytes, readEntryValue } from "./entry-value.ts";
import { storageFolders } from "./storage.ts";
import { usualAges } from "./usual-age.ts";

/** What a call, a UDF or an option says about kept results. */
export interface CacheWish {
  cache?: boolean;
  cacheMaxAge?: string | number;
  /** Folders that the run may read: what is in them may change without the code and the parameters doing so. */
  files?: string[];
}

/**
 * The age limit of kept results in seconds; 0 where none are to be read or kept. The call ranks above the UDF, the UDF above
 * what is usual (fused-spec.md 10.4). Of runs that read files of this machine nothing is kept unless somebody says so.
 */
export function resultAge(call: CacheWish, udf: CacheWish, usual: keyof typeof usualAges): number {
  if (!options.localEngineCache) return 0;
  const says = (wish: CacheWish) => wish.cache !== undefined || wish.cacheMaxAge !== undefined;
  const wish = says(call) ? call : udf;
  if (!says(wish) && ((call.files ?? udf.files)?.length ?? 0) > 0) return 0;
  return wish.cache === false ? 0 : ageInSeconds(wish.cacheMaxAge ?? udf.cacheMaxAge ?? usualAges[usual]);
}

/** A run whose result may be kept, or a fan-out whose table may be. */
export interface ResultRequest {
  kind: "udf" | "table";
  frame: UdfFrame;
  engine: string;
  /** Everything else that the result depends on: the parameters of the run. */
  inputs: Record<string, unknown>;
  maxAge: number;
  signal?: AbortSignal;
}

/** A kept result. */
export interface KeptResult {
  value: unknown;
  /** Seconds. */
  age: number;
  bytes: number;
  /** What the run printed. */
  logs: LogLine[];
}

/** The turn to run; `keep` takes the result, `release` ends the turn without one. */
export interface ResultTurn {
  keep(result: { encoded?: EncodedValue; value: unknown; logs?: LogLine[]; seconds: number }): Promise<void>;
  release(): void;
}

/** How long a run waits for the same run of another process, seconds: as cached functions do. */
const patience = 120;
/** Output of a run that is kept with its result, characters. */
const mostLog = 100_000;
const noTurn: ResultTurn = { keep: async () => {}, release: () => {} };

/** A kept result, or the turn to run. Runs whose parameters cannot be compared are not kept. */
export async function openResult(request: ResultRequest): Promise<{ hit: KeptResult } | { turn: ResultTurn }> {
  const { kind, frame, maxAge, signal } = request;
  if (maxAge === 0) return { turn: noTurn };
  const digest = digestOf(request);
  if (digest === undefined) return { turn: noTurn };
  let answer;
  try {
    const warn = (text: string) => console.warn(text);
    answer = await openEntry({
      folder: folderOf(frame),
      digest,
      maxAge,
      lockTimeout: patience,
      name: frame.name,
      signal,
      warn,
    });
  } catch (error) {
    // Cancelled while another computes the same: the run itself says so in its own words.
    if (signal?.aborted) return { turn: noTurn };
    throw error;
  }
  if ("hit" in answer) {
    const { facts, bytes } = answer.hit;
    const logs = (facts.extra?.["logs"] as LogLine[] | undefined) ?? [];
    return {
      hit: { value: await readEntryValue(bytes), age: (Date.now() - facts.created) / 1000, bytes: bytes.length, logs },
    };
  }
  const { turn } = answer;
  return { turn: { keep: (result) => keep(turn, kind, request, result), release: turn.release } };
}

async function keep(
  turn: EntryTurn,
  kind: "udf" | "table",
  { frame, inputs }: ResultRequest,
  { encoded, value, logs = [], seconds }: Parameters<ResultTurn["keep"]>[0],
): Promise<void> {
  try {
    const bytes = encoded ? packEncoded(encoded) : await entryBytes(value);
    const printed = logs.reduce((sum, { text }) => sum + text.length, 0);
    const extra = { boxes: boxesOf(inputs, frame), ...(printed > 0 && printed <= mostLog && { logs }) };
    await turn.keep({ kind, name: frame.name, duration: seconds, extra }, bytes);
  } finally {
    turn.release();
  }
}

/**
 * Forgets the kept results of a UDF, or of one tile of it (fused-spec.md 10.5).
 * @throws UdfParameterError where only some of x, y and z are given
 */
export async function invalidateCache(udf: unknown, tile: { x?: number; y?: number; z?: number } = {}): Promise<void> {
  const { frame } = udfState(udf)!;
  const { x, y, z } = tile;
  const given = [x, y, z].filter((each) => each !== undefined);
  if (given.length === 0) return removeEntries(folderOf(frame));
  if (x === undefined || y === undefined || z === undefined) {
    const message = `${frame.name}.invalidateCache takes x, y and z together, or none of them for all results.`;
    throw new UdfParameterError(message, { udfName: frame.name, status: 422 });
  }
  const box = bounds(x, y, z);
  const isTile = (each: number[]) => box.every((edge, i) => Math.abs(edge - each[i]!) < 1e-9);
  await clearEntries(folderOf(frame), ({ extra }) => ((extra?.["boxes"] as number[][] | undefined) ?? []).some(isTile));
}

const folders = new WeakMap<UdfFrame, string>();

/** Where a UDF's results are: a folder for each version of its code, below that of its storage. */
function folderOf(frame: UdfFrame): string {
  let name = folders.get(frame);
  if (name === undefined) {
    const { name: udfName, source, carrier, entrypoint, headers, parameters } = frame;
    const code = JSON.stringify([udfName, source, carrier, entrypoint, headers, parameters]);
    name = createHash("sha256").update(code).digest("hex").slice(0, 32);
    folders.set(frame, name);
  }
  return join(storageFolder(storageFolders(), options.cacheStorage, "cache"), "udf", name);
}

function digestOf({ kind, engine, inputs }: ResultRequest): string | undefined {
  const hash = createHash("sha256").update(`${kind} ${engine} `);
  try {
    writeContent(inputs, { write: (piece) => void hash.update(piece) });
  } catch (error) {
    if (error instanceof ContentError) return undefined;
    throw error;
  }
  return hash.digest("hex");
}

const areaKinds = ["Bounds", "Bbox", "TileXYZ", "TileGDF", "ViewportGDF"];

/** The boxes of a run's area parameters, to find the results of a tile by. */
function boxesOf(inputs: Record<string, unknown>, { parameters }: UdfFrame): number[][] {
  const areas = parameters.parameters.filter(({ name, type }) => areaKinds.includes(type.kind) && inputs[name] != null);
  return areas.flatMap(({ name }) => {
    try {
      const area = readArea(inputs[name]);
      return [[...(area.kind === "tile" ? bounds(area.tile) : area.bounds)]];
    } catch {
      return [];
    }
  });
}
