import { bytesOf } from "../../front/buffers.ts";
import type { Transport } from "../../front/transport.ts";
import type { TileAnswer } from "../map-spec.ts";
import { readContent } from "./read-content.ts";
import type { DrawnContent } from "./read-content.ts";

/** What came for a tile. Never an exception: deck.gl would hide the tile or ask again. */
export interface TileResult {
  status: "ok" | "empty" | "error";
  content?: DrawnContent;
  error?: { id: string; message: string };
  ms: TileAnswer["ms"] & { total: number };
  cache?: TileAnswer["cache"];
  bytes: number;
}

export interface TilePlace {
  z: number;
  x: number;
  y: number;
}

/** What a tile is made of: a UDF's value, a file from elsewhere, or the layer's own data in a window of time. */
export interface TileOrigin {
  udf?: string;
  source?: string;
  range?: [from: number, to: number];
}

/** Asks the kernel for tiles: one message each, given up in batches, and what came is acknowledged. */
export interface TileRequests {
  /** @returns null where the tile was given up, or the kernel has gone */
  fetch(origin: TileOrigin, layer: string, tile: TilePlace, signal?: AbortSignal): Promise<TileResult | null>;
  /** The next request of a layer's tile is computed anew. */
  retry(layer: string, tile: TilePlace): void;
  /** From here on tiles are asked for with new parameters. */
  generation: number;
  close(): void;
}

interface Waiting {
  resolve(result: TileResult | null): void;
  since: number;
}

export function tileRequests(transport: Transport): TileRequests {
  const waiting = new Map<number, Waiting>();
  const fresh = new Set<string>();
  let last = 0;
  let generation = 0;
  let given: number[] = [];

  const flushCancels = (): void => {
    transport.send("cancel", { reqs: given });
    given = [];
  };
  const take = async (answer: TileAnswer, buffers: DataView[]): Promise<void> => {
    const asked = waiting.get(answer.req);
    if (!asked) return;
    waiting.delete(answer.req);
    if (answer.status === "stale") return asked.resolve(null);
    const bytes = buffers.reduce((sum, each) => sum + each.byteLength, 0);
    const { status, error, cache } = answer;
    const result = { status, error, cache, bytes };
    const ms = { ...answer.ms, total: 0 };
    try {
      const content = answer.content && (await readContent(answer.content, buffers.map(bytesOf)));
      ms.total = performance.now() - asked.since;
      asked.resolve({ ...result, content, ms });
    } catch (reason) {
      const message = `The tile came and could not be read: ${(reason as Error).message}`;
      asked.resolve({ ...result, status: "error", error: { id: "", message }, ms });
    }
  };
  const unhear = [
    transport.onMessage((kind, fields, buffers) => {
      if (kind !== "tiles") return;
      let at = 0;
      let bytes = 0;
      const answers = fields["tiles"] as TileAnswer[];
      for (const answer of answers) {
        void take(answer, buffers.slice(at, at + answer.buffers));
        at += answer.buffers;
      }
      for (const buffer of buffers) bytes += buffer.byteLength;
      transport.send("credit", { tiles: answers.length, bytes });
    }),
    transport.onState((state) => {
      if (state === "live") return;
      for (const { resolve } of waiting.values()) resolve(null);
      waiting.clear();
    }),
  ];

  return {
    get generation() {
      return generation;
    },
    set generation(next) {
      generation = next;
    },
    fetch(origin, layer, { z, x, y }, signal) {
      if (transport.state !== "live" || signal?.aborted) return Promise.resolve(null);
      const req = ++last;
      return new Promise((resolve) => {
        waiting.set(req, { resolve, since: performance.now() });
        const isFresh = fresh.delete(`${layer} ${z}/${x}/${y}`);
        transport.send("tile", { req, layer, ...origin, z, x, y, generation, ...(isFresh && { fresh: true }) });
        signal?.addEventListener("abort", () => {
          if (!waiting.delete(req)) return;
          if (given.push(req) === 1) requestAnimationFrame(flushCancels);
          resolve(null);
        });
      });
    },
    retry: (layer, { z, x, y }) => void fresh.add(`${layer} ${z}/${x}/${y}`),
    close() {
      for (const end of unhear) end();
      for (const { resolve } of waiting.values()) resolve(null);
      waiting.clear();
    },
  };
}
