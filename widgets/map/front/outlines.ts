import type { BasemapFile, DeltaLine } from "../basemap.ts";

/** The offline basemap's land, coasts and borders, in degrees. */
export interface Outlines {
  land: { positions: Float64Array; holeIndices: number[] }[];
  coasts: Float64Array[];
  borders: Float64Array[];
}

/** Natural Earth's scales: 1 to so many million. */
export type Level = "110m" | "50m";

/** From this zoom of deck.gl on the finer outlines are fetched. */
const finerZoom = 3;

const loaded: Partial<Record<Level, Outlines>> = {};
const loading: Partial<Record<Level, Promise<void>>> = {};

const files: Record<Level, () => Promise<{ default: BasemapFile }>> = {
  "110m": () => import("../../../dist/basemap-110m.json") as unknown as Promise<{ default: BasemapFile }>,
  "50m": () => import("../../../dist/basemap-50m.json") as unknown as Promise<{ default: BasemapFile }>,
};

export function gradeFor(zoom: number): Level {
  return zoom >= finerZoom ? "50m" : "110m";
}

/**
 * The outlines that suit a zoom, if they are there; else the other grade, while the wanted one is fetched.
 * @param changed called when more has been loaded
 */
export function outlinesFor(zoom: number, changed: () => void): { outlines: Outlines; grade: string } | undefined {
  const wanted = gradeFor(zoom);
  fetchLevel(wanted, changed);
  const grade = loaded[wanted] ? wanted : loaded["110m"] ? "110m" : "50m";
  const outlines = loaded[grade];
  return outlines && { outlines, grade };
}

function fetchLevel(level: Level, changed: () => void): void {
  loading[level] ??= files[level]().then(({ default: file }) => {
    loaded[level] = readOutlines(file);
  });
  if (!loaded[level]) void loading[level].then(changed);
}

function readOutlines({ land, borders, perDegree }: BasemapFile): Outlines {
  const decode = (line: DeltaLine) => decodeLine(line, perDegree);
  const rings = land.map((polygon) => polygon.map(decode));
  return {
    land: rings.map(joinRings),
    coasts: rings.flat().flatMap(withoutCuts),
    borders: borders.map(decode),
  };
}

function decodeLine(line: DeltaLine, perDegree: number): Float64Array {
  const positions = new Float64Array(line.length);
  let [x, y] = [0, 0];
  for (let i = 0; i < line.length; i += 2) {
    x += line[i]!;
    y += line[i + 1]!;
    positions[i] = x / perDegree;
    positions[i + 1] = y / perDegree;
  }
  return positions;
}

function joinRings(rings: Float64Array[]): Outlines["land"][number] {
  const length = rings.reduce((sum, ring) => sum + ring.length, 0);
  const positions = new Float64Array(length);
  const holeIndices: number[] = [];
  let at = 0;
  for (const ring of rings) {
    if (at > 0) holeIndices.push(at);
    positions.set(ring, at);
    at += ring.length;
  }
  return { positions, holeIndices };
}

/** A coast without the stretches where the build has cut it: along the antimeridian and the square's edge. */
function withoutCuts(ring: Float64Array): Float64Array[] {
  const isCut = (i: number): boolean => {
    const [x1, y1, x2, y2] = [ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!];
    return (Math.abs(x1) > 179.99 && Math.abs(x2) > 179.99) || (Math.abs(y1) > 85.04 && Math.abs(y2) > 85.04);
  };
  const parts: Float64Array[] = [];
  let from = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    if (!isCut(i)) continue;
    if (i > from) parts.push(ring.subarray(from, i + 2));
    from = i + 2;
  }
  if (ring.length - from > 2) parts.push(ring.subarray(from));
  return parts;
}
