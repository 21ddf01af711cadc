import type { Geometry, Polygon } from "geojson";
import type { ChunkProperties } from "./chunks.ts";

/** Edges of a chunk's box, as columns. */
export type BoxColumns = Pick<ChunkProperties, "bbox_minx" | "bbox_miny" | "bbox_maxx" | "bbox_maxy">;

/** The box of a row: its own columns, a struct `bbox`, or what its geometry spans. */
export function boxOf(row: Record<string, unknown>): BoxColumns {
  const bbox = (row["bbox"] ?? {}) as Record<string, unknown>;
  const edge = (end: "min" | "max", axis: "x" | "y") =>
    Number(row[`bbox_${end}${axis}`] ?? bbox[`${axis}${end}`] ?? bbox[`${end}${axis}`] ?? NaN);
  const box = {
    bbox_minx: edge("min", "x"),
    bbox_miny: edge("min", "y"),
    bbox_maxx: edge("max", "x"),
    bbox_maxy: edge("max", "y"),
  };
  const geometry = row["geometry"] as Geometry | undefined;
  if (!Number.isNaN(box.bbox_minx) || !geometry) return box;
  const points = pointsOf(geometry);
  const span = (axis: 0 | 1) => points.map((point) => point[axis]!);
  return {
    bbox_minx: Math.min(...span(0)),
    bbox_miny: Math.min(...span(1)),
    bbox_maxx: Math.max(...span(0)),
    bbox_maxy: Math.max(...span(1)),
  };
}

function pointsOf(geometry: Geometry): number[][] {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(pointsOf);
  const flat = (nested: unknown): number[][] =>
    typeof (nested as unknown[])[0] === "number" ? [nested as number[]] : (nested as unknown[]).flatMap(flat);
  return flat(geometry.coordinates);
}

/** The chunk of both, with a box around theirs. */
export function union(a: ChunkProperties, b: ChunkProperties): ChunkProperties {
  return {
    ...a,
    bbox_minx: Math.min(a.bbox_minx, b.bbox_minx),
    bbox_miny: Math.min(a.bbox_miny, b.bbox_miny),
    bbox_maxx: Math.max(a.bbox_maxx, b.bbox_maxx),
    bbox_maxy: Math.max(a.bbox_maxy, b.bbox_maxy),
  };
}

/** The outline of a chunk's box. */
export function boxPolygon({ bbox_minx: w, bbox_miny: s, bbox_maxx: e, bbox_maxy: n }: BoxColumns): Polygon {
  return {
    type: "Polygon",
    coordinates: [
      [
        [w, s],
        [e, s],
        [e, n],
        [w, n],
        [w, s],
      ],
    ],
  };
}
