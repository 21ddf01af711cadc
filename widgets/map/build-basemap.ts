import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { geoArea, geoCentroid, geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import type { Feature, MultiLineString, MultiPolygon, Polygon, Position } from "geojson";
import { feature, merge, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { BasemapFile, DeltaLine } from "./basemap.ts";

type Countries = Topology<{ countries: GeometryCollection<{ name: string }> }>;

/** Latitude where web Mercator's square ends. */
const edge = 85.0511287798066;
/** Whole numbers in a degree: the finer the drawing, the finer the grid it is kept on (110 m at the finest). */
const levels = { "110m": 100, "50m": 250, "10m": 1000 } as const;
/** Countries whose area is under this share of the sphere get no label. */
const leastLabelledArea = 2e-5 * 4 * Math.PI;

/**
 * Draws the basemap's lines and areas from Natural Earth (world-atlas) and writes one file for each level of detail,
 * `basemap-110m.json`, `basemap-50m.json` and `basemap-10m.json`, into a folder. Areas that cross the antimeridian
 * are cut there and everything is cut at ±85.05°, so that a plain planar drawing comes out right.
 */
export function buildBasemap(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [level, perDegree] of Object.entries(levels)) {
    const path = join(folder, `basemap-${level}.json`);
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(basemapFile(level, perDegree)));
    renameSync(draft, path);
  }
}

function basemapFile(level: string, perDegree: number): BasemapFile {
  const path = createRequire(import.meta.url).resolve(`world-atlas/countries-${level}.json`);
  const world = JSON.parse(readFileSync(path, "utf8")) as Countries;
  const { countries } = world.objects;
  // y grows downwards here, as on a screen: geoProject tells areas from holes by their turning there.
  const plane = geoEquirectangular()
    .scale(180 / Math.PI)
    .translate([0, 0])
    .precision(0)
    .clipExtent([
      [-180, -edge],
      [180, edge],
    ]);
  const encode = (positions: Position[]) => deltaLine(positions, perDegree);
  const land = merge(world, countries.geometries as never);
  const polygons = land.coordinates.flatMap((rings) => {
    if (isPlanar(rings)) return [rings];
    const cut = geoProject({ type: "MultiPolygon", coordinates: [rings] }, plane) as MultiPolygon;
    return cut.coordinates.map((each) => each.map(upright));
  });
  const between = mesh(world, countries as never, (a, b) => a !== b);
  const { coordinates: borders } = geoProject(between, plane) as MultiLineString;
  return {
    perDegree,
    land: polygons
      .map((rings) => rings.map(encode).filter((ring) => ring.length >= 8))
      .filter((rings) => rings.length > 0),
    borders: borders.map((line) => encode(upright(line))).filter((line) => line.length >= 4),
    labels:
      level === "110m"
        ? labels(feature(world, countries).features as Feature<Polygon | MultiPolygon, { name: string }>[])
        : [],
  };
}

function upright(line: Position[]): Position[] {
  return line.map(([x, y]) => [x!, -y!]);
}

/**
 * Whether a polygon is the same on the plane as on the sphere: not over the antimeridian, not past the square's edge.
 */
function isPlanar(rings: Position[][]): boolean {
  return rings.every((ring) =>
    ring.every(
      ([longitude, latitude], i) =>
        Math.abs(latitude!) < edge && (i === 0 || Math.abs(longitude! - ring[i - 1]![0]!) < 180),
    ),
  );
}

/** First position, then the steps from one to the next, in grid units; steps of nothing are left out. */
function deltaLine(positions: Position[], perDegree: number): DeltaLine {
  const line: DeltaLine = [];
  let lastX = 0;
  let lastY = 0;
  for (const [longitude, latitude] of positions) {
    const x = Math.round(longitude! * perDegree);
    const y = Math.round(latitude! * perDegree);
    if (line.length > 0 && x === lastX && y === lastY) continue;
    line.push(x - lastX, y - lastY);
    lastX = x;
    lastY = y;
  }
  return line;
}

/** Name, the middle of the largest part, and that part's area as a share of the sphere; the largest first. */
function labels(countries: Feature<Polygon | MultiPolygon, { name: string }>[]): BasemapFile["labels"] {
  return countries
    .map(({ geometry, properties: { name } }) => {
      const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      const polygons = parts.map((coordinates): Polygon => ({ type: "Polygon", coordinates }));
      const largest = polygons.reduce((best, each) => (geoArea(each) > geoArea(best) ? each : best));
      const [longitude, latitude] = geoCentroid(largest);
      return { name, longitude, latitude, area: geoArea(largest) };
    })
    .filter(({ area }) => area > leastLabelledArea)
    .sort((a, b) => b.area - a.area)
    .map(({ name, longitude, latitude, area }) => [
      name,
      Number(longitude.toFixed(2)),
      Number(latitude.toFixed(2)),
      Number((area / (4 * Math.PI)).toPrecision(2)),
    ]);
}
