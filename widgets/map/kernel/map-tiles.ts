import { availableParallelism } from "node:os";
import type { PageLine, WidgetServices } from "../../widget-kernel.ts";
import type { TileAnswer, TileContent } from "../map-spec.ts";
import type { Tile } from "../mercator.ts";
import { answerCache } from "./answer-cache.ts";
import type { DataTiles } from "./data-tiles.ts";
import type { EncodedContent } from "./encode-tile.ts";
import type { MapUdf } from "./map-definition.ts";
import type { SourceTiles } from "./source-tiles.ts";
import { pageOutbox } from "./page-outbox.ts";
import type { PageOutbox } from "./page-outbox.ts";
import { tileScheduler } from "./tile-scheduler.ts";
import type { Centre, SchedulerCounts, TileWish } from "./tile-scheduler.ts";

/** What a page asks for. */
export interface TileRequest extends Tile {
  /** The page's number for it. */
  req: number;
  layer: string;
  /** The UDF that computes it, or the source that it comes from; absent: the layer's own data are drawn. */
  udf?: string;
  source?: string;
  /** Of own data with a time: the window that is drawn. */
  range?: [from: number, to: number];
  generation: number;
  /** Compute it anew, whatever is kept. */
  fresh?: boolean;
}

/** Own data that are drawn in a tile. */
interface DataOf {
  layer: string;
  range?: [from: number, to: number];
}

type Answered = Omit<TileAnswer, "req" | "buffers"> & { parts: Uint8Array[] };

/** What became of runs that nobody waited for any more: stopped before they were done, or done all the same. */
export interface AbandonedCounts {
  stopped: number;
  finished: number;
}

/** Computes the tiles of one map for all pages that have it open. */
export interface MapTiles {
  readonly counts: SchedulerCounts & AbandonedCounts;
  request(page: PageLine, request: TileRequest): void;
  cancel(page: PageLine, requests: number[]): void;
  look(centre: Centre): void;
  credit(page: PageLine, tiles: number, bytes: number): void;
  /** Values of controls; gives the generation of what is asked for from now on. */
  setParameters(values: Record<string, unknown>): number;
  readonly generation: number;
  /** The whole text of an error. */
  trace(id: string): string | undefined;
  forget(page: PageLine): void;
  bytes(): number;
  close(): void;
}

const memoryBudget = 64 << 20;
/** An error is not asked for again so soon, seconds. */
const errorAge = 10;
const mostTraces = 200;
/** How keys of tiles that are drawn of a layer's own data begin. */
const dataKey = "\0data ";
/** How keys of tiles from elsewhere begin. */
const sourceKey = "\0source ";
/** Tiles from elsewhere that are under way at a time, as many as browsers ask one host for. */
const mostFetched = 6;

/** What the tiles of a map come from. */
export interface TileMakers {
  udfs: Record<string, MapUdf>;
  /** Names of what `fetchTile` can be asked for. */
  sources: string[];
  drawData: DataTiles;
  fetchTile: SourceTiles;
}

export function mapTiles(
  { udfs, sources, drawData, fetchTile }: TileMakers,
  services: WidgetServices,
  generation = 0,
): MapTiles {
  const kept = answerCache<Answered>(memoryBudget);
  const traces = new Map<string, string>();
  const outboxes = new Map<PageLine, PageOutbox>();
  const wishes = new Map<PageLine, Map<number, TileWish>>();
  const fresh = new Set<string>();
  const abandoned: AbandonedCounts = { stopped: 0, finished: 0 };
  let lastTrace = 0;
  let values: Record<string, unknown> = {};
  let valuesKey = "{}";

  const scheduler = tileScheduler<Answered>({
    concurrency: Math.max(4, availableParallelism()),
    run: ({ key, tile, waited }, signal) => compute(key, tile, waited, signal),
  });

  // What comes from elsewhere takes no place of a UDF's runs, and is good for all parameters.
  const fetches = tileScheduler<Answered>({
    concurrency: mostFetched,
    run: ({ key, tile, waited }, signal) => fetchOne(key, tile, waited, signal),
  });

  async function fetchOne(key: string, tile: Tile, waited: number, signal: AbortSignal): Promise<Answered> {
    const ms = { queue: waited, run: 0, encode: 0 };
    const started = performance.now();
    try {
      const encoded = await fetchTile(key.slice(sourceKey.length, key.lastIndexOf(" ")), tile, signal);
      ms.run = performance.now() - started;
      return keep(key, encoded, ms);
    } catch (error) {
      ms.run = performance.now() - started;
      if (signal.aborted) return { status: "stale", ms, parts: [] };
      const { name, message } = error as Error;
      return failed(key, message, `${name}: ${message}`, ms);
    }
  }

  function keep(key: string, encoded: EncodedContent | undefined, ms: TileAnswer["ms"], cache?: "disk"): Answered {
    const done: Answered = {
      ...(encoded ? { status: "ok", content: encoded.content satisfies TileContent } : { status: "empty" }),
      parts: encoded?.buffers ?? [],
      ms,
      ...(cache && { cache }),
    };
    kept.set(key, done, 500 + done.parts.reduce((sum, each) => sum + each.length, 0));
    return done;
  }

  async function compute(key: string, tile: Tile, waited: number, signal: AbortSignal): Promise<Answered> {
    if (key.startsWith(dataKey)) return drawTile(key, tile, waited);
    const { source, parameters, timeout } = udfs[key.slice(0, key.indexOf(" "))]!;
    const late = AbortSignal.timeout(1000 * timeout);
    const isFresh = fresh.delete(key);
    const own = pick(
      values,
      source.frame.parameters.parameters.map(({ name }) => name),
    );
    const given = { ...parameters, ...own };
    const asked = isFresh ? { ...source, cacheAge: 0 } : source;
    const answer = await services.runUdf(asked, given, tile, AbortSignal.any([signal, late]));
    const ms = { queue: waited + answer.times.queue, run: answer.times.run, encode: 0 };
    if (signal.aborted) {
      abandoned[answer.error ? "stopped" : "finished"]++;
      return { status: "stale", ms, parts: [] };
    }
    if (answer.error) {
      const isLate = late.aborted;
      const message = isLate ? `took longer than ${timeout} s` : answer.error.message;
      return failed(
        key,
        message,
        isLate ? `The tile took longer than ${timeout} s and was stopped.` : answer.error.trace,
        ms,
      );
    }
    const started = performance.now();
    let encoded: EncodedContent | undefined;
    try {
      encoded = await (await import("./encode-tile.ts")).encodeTile(answer.value, tile);
    } catch (error) {
      const { name, message } = error as Error;
      return failed(key, message, `${name}: ${message}`, ms);
    }
    ms.encode = performance.now() - started;
    return keep(key, encoded, ms, answer.cached ? "disk" : undefined);
  }

  async function drawTile(key: string, tile: Tile, waited: number): Promise<Answered> {
    const ms = { queue: waited, run: 0, encode: 0 };
    const started = performance.now();
    const { layer, range } = JSON.parse(key.slice(dataKey.length, key.lastIndexOf(" "))) as DataOf;
    const encoded = await drawData(layer, tile, range);
    ms.encode = performance.now() - started;
    return keep(key, encoded, ms);
  }

  function failed(key: string, message: string, trace: string, ms: TileAnswer["ms"]): Answered {
    const id = String(++lastTrace);
    traces.set(id, trace);
    if (traces.size > mostTraces) traces.delete(traces.keys().next().value!);
    const answer: Answered = { status: "error", error: { id, message: message.slice(0, 300) }, ms, parts: [] };
    kept.set(key, answer, 1000, errorAge);
    return answer;
  }

  function withdraw(wish: TileWish): void {
    (wish.key.startsWith(sourceKey) ? fetches : scheduler).withdraw(wish);
  }

  function send(page: PageLine, req: number, { parts, ...answer }: Answered): void {
    let outbox = outboxes.get(page);
    if (!outbox) outboxes.set(page, (outbox = pageOutbox(page)));
    outbox.add({ req, ...answer, buffers: parts.length }, parts);
  }

  return {
    get counts() {
      return { ...scheduler.counts, ...abandoned };
    },
    get generation() {
      return generation;
    },
    request(page, { req, layer, udf, source, range, z, x, y, generation: of, fresh: isFresh }) {
      if (udf !== undefined && !Object.hasOwn(udfs, udf))
        throw new TypeError(`This map has no UDF ${JSON.stringify(udf)}.`);
      if (source !== undefined && !sources.includes(source))
        throw new TypeError(`This map has no tiles ${JSON.stringify(source)}.`);
      const place = `${z}/${x}/${y}`;
      const ofData = (): string => `${dataKey}${JSON.stringify({ layer, range } satisfies DataOf)} ${place}`;
      const key =
        source !== undefined
          ? `${sourceKey}${source} ${place}`
          : udf === undefined
            ? ofData()
            : `${udf} ${place} ${valuesKey}`;
      if (of < generation && source === undefined)
        return send(page, req, { status: "stale", ms: { queue: 0, run: 0, encode: 0 }, parts: [] });
      if (isFresh) {
        kept.delete(key);
        fresh.add(key);
      }
      const known = kept.get(key);
      if (known) return send(page, req, { ...known, cache: "memory", ms: { queue: 0, run: 0, encode: 0 } });
      let own = wishes.get(page);
      if (!own) wishes.set(page, (own = new Map()));
      const wish: TileWish = {
        key,
        tile: { z, x, y },
        generation: of,
        settle(answer) {
          own.delete(req);
          const stale: Answered = { status: "stale", ms: { queue: 0, run: 0, encode: 0 }, parts: [] };
          send(page, req, answer === "stale" ? stale : (answer as Answered));
        },
      };
      own.set(req, wish);
      (source === undefined ? scheduler : fetches).add(wish);
    },
    cancel(page, requests) {
      const own = wishes.get(page);
      for (const req of requests) {
        const wish = own?.get(req);
        if (!wish) continue;
        own!.delete(req);
        withdraw(wish);
      }
    },
    look(centre) {
      scheduler.look(centre);
      fetches.look(centre);
    },
    credit: (page, tiles, bytes) => outboxes.get(page)?.credit(tiles, bytes),
    setParameters(next) {
      values = { ...values, ...next };
      valuesKey = JSON.stringify(values);
      generation++;
      scheduler.supersede(generation);
      return generation;
    },
    trace: (id) => traces.get(id),
    forget(page) {
      const own = wishes.get(page);
      wishes.delete(page);
      outboxes.delete(page);
      for (const wish of own?.values() ?? []) withdraw(wish);
    },
    bytes: kept.bytes,
    close() {
      scheduler.close();
      fetches.close();
      kept.clear();
    },
  };
}

function pick(values: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
