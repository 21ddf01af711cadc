import type { ColumnHead, FeaturesHead } from "./map-spec.ts";
import { numberArrays } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";

/** Features as a page holds them: flat numbers for drawing, properties on demand. */
export interface FeatureTable {
  count: number;
  /** Areas end at the edge of a tile that cuts them. */
  isCut?: boolean;
  points: { positions: Float64Array; ids: Uint32Array };
  lines: { positions: Float64Array; starts: Uint32Array; ids: Uint32Array };
  areas: { positions: Float64Array; ringStarts: Uint32Array; starts: Uint32Array; ids: Uint32Array };
  properties: string[];
  /** Null where it is missing. */
  property(index: number, name: string): number | string | null;
  /** The numbers of a property; undefined where it is text, or none. */
  numbers(name: string): Numbers | undefined;
}

interface Column {
  head: ColumnHead;
  values: Numbers;
  texts?: string[];
}

/**
 * Reads what encode-features.ts has written.
 * @param buffers aligned to eight bytes
 */
export function decodeFeatures(head: FeaturesHead, buffers: Uint8Array[]): FeatureTable {
  let at = 0;
  const next = <T>(type: {
    new (buffer: ArrayBufferLike, offset: number, length: number): T;
    BYTES_PER_ELEMENT: number;
  }): T => {
    const { buffer, byteOffset, byteLength } = buffers[at++]!;
    return new type(buffer, byteOffset, byteLength / type.BYTES_PER_ELEMENT);
  };
  const points =
    head.points > 0
      ? {
          positions: next(Float64Array),
          ids: head.isOnePointEach ? Uint32Array.from({ length: head.points }, (_, i) => i) : next(Uint32Array),
        }
      : noPoints;
  const lines =
    head.lines > 0 ? { positions: next(Float64Array), starts: next(Uint32Array), ids: next(Uint32Array) } : noLines;
  const areas =
    head.areas > 0
      ? {
          positions: next(Float64Array),
          ringStarts: next(Uint32Array),
          starts: next(Uint32Array),
          ids: next(Uint32Array),
        }
      : noAreas;
  const columns = new Map<string, Column>();
  for (const column of head.columns) {
    const values = next<Numbers>(numberArrays[column.dtype]);
    const texts =
      column.kind === "text" ? (JSON.parse(new TextDecoder().decode(buffers[at++]!)) as string[]) : undefined;
    columns.set(column.name, { head: column, values, texts });
  }
  return {
    count: head.count,
    isCut: head.isCut,
    points,
    lines,
    areas,
    properties: [...columns.keys()],
    property(index, name) {
      const column = columns.get(name);
      const value = column?.values[index];
      if (column === undefined || value === undefined) return null;
      if (column.texts) return column.texts[value] ?? null;
      return Number.isNaN(value) ? null : value;
    },
    numbers(name) {
      const column = columns.get(name);
      return column?.texts ? undefined : column?.values;
    },
  };
}

const noPoints = { positions: new Float64Array(), ids: new Uint32Array() };
const noLines = { ...noPoints, starts: new Uint32Array() };
const noAreas = { ...noLines, ringStarts: new Uint32Array() };

/** A table of nothing. */
export const noFeatures: FeatureTable = {
  count: 0,
  points: noPoints,
  lines: noLines,
  areas: noAreas,
  properties: [],
  property: () => null,
  numbers: () => undefined,
};
