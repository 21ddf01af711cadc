import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** First x and y, then the steps to each next position, in whole units of 1/`perDegree` degree. */
export type DeltaLine = number[];

/** What `build-basemap.ts` writes. */
export interface BasemapFile {
  perDegree: number;
  /** Polygons, each a list of rings. */
  land: DeltaLine[][];
  borders: DeltaLine[];
  /** Name, longitude, latitude, area as a share of the globe's. */
  labels: [name: string, longitude: number, latitude: number, area: number][];
}

export interface Basemap {
  land: BasemapLine[][];
  borders: BasemapLine[];
  labels: BasemapFile["labels"];
}

/** Positions as longitude, latitude, longitude, …, with the box they stand in. */
export interface BasemapLine {
  positions: Float64Array;
  west: number;
  south: number;
  east: number;
  north: number;
}

export type BasemapLevel = "110m" | "50m" | "10m";

const loaded = new Map<BasemapLevel, Promise<Basemap>>();

/** The level of detail that suits a zoom of 256-pixel tiles. */
export function levelForZoom(zoom: number): BasemapLevel {
  return zoom < 2.6 ? "110m" : zoom < 5.2 ? "50m" : "10m";
}

/**
 * The basemap at one level of detail, read once.
 * @throws Error where the build has not written it
 */
export function loadBasemap(level: BasemapLevel): Promise<Basemap> {
  let basemap = loaded.get(level);
  if (!basemap) {
    basemap = readBasemap(level);
    loaded.set(level, basemap);
    basemap.catch(() => loaded.delete(level));
  }
  return basemap;
}

async function readBasemap(level: BasemapLevel): Promise<Basemap> {
  const file = JSON.parse(await readFile(findFile(`basemap-${level}.json`), "utf8")) as BasemapFile;
  const decode = (line: DeltaLine) => decodeLine(line, file.perDegree);
  return { land: file.land.map((rings) => rings.map(decode)), borders: file.borders.map(decode), labels: file.labels };
}

/** Beside the bundle, or in `dist/` of the source tree. */
function findFile(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 4; up++, folder = dirname(folder)) {
    for (const path of [join(folder, name), join(folder, "dist", name)]) if (existsSync(path)) return path;
  }
  throw new Error(`The basemap file ${name} is missing: \`npm run build\` writes it.`);
}

function decodeLine(line: DeltaLine, perDegree: number): BasemapLine {
  const positions = new Float64Array(line.length);
  let x = 0;
  let y = 0;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < line.length; i += 2) {
    x += line[i]!;
    y += line[i + 1]!;
    positions[i] = x / perDegree;
    positions[i + 1] = y / perDegree;
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < south) south = y;
    if (y > north) north = y;
  }
  const degrees = (units: number) => units / perDegree;
  return { positions, west: degrees(west), south: degrees(south), east: degrees(east), north: degrees(north) };
}
