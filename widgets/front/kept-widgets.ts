import type { TileAnswer } from "../map/map-spec.ts";

/** What an exported page has of a widget, in place of its kernel. */
export interface KeptWidget {
  id: string;
  /** The spec as it was at the end. */
  spec: Record<string, unknown>;
  /** Answers to requests for data, by name. */
  data: Record<string, { content: unknown; buffers: KeptBytes[] }>;
  /** Tiles by layer and `z/x/y`. */
  tiles: Record<string, Pick<TileAnswer, "status" | "content" | "error"> & { bytes: KeptBytes[] }>;
}

/** Bytes as base64 of gzip. */
export type KeptBytes = string;
