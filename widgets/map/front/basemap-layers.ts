import type { Layer } from "@deck.gl/core";
import { TileLayer } from "@deck.gl/geo-layers";
import { BitmapLayer, PathLayer, SolidPolygonLayer } from "@deck.gl/layers";
import type { Theme } from "../../front/mount.ts";
import type { BasemapFile, DeltaLine } from "../basemap.ts";
import type { Basemap } from "../map-spec.ts";
import { themes } from "../theme.ts";
import { rgba } from "../colour-table.ts";

interface Outlines {
  land: { positions: Float64Array; holeIndices: number[] }[];
  coasts: Float64Array[];
  borders: Float64Array[];
}

type Level = "110m" | "50m";

/** From this zoom of deck.gl on the finer outlines are fetched. */
const finerZoom = 3;

const loaded: Partial<Record<Level, Outlines>> = {};
const loading: Partial<Record<Level, Promise<void>>> = {};

const files: Record<Level, () => Promise<{ default: BasemapFile }>> = {
  "110m": () => import("../../../dist/basemap-110m.json") as unknown as Promise<{ default: BasemapFile }>,
  "50m": () => import("../../../dist/basemap-50m.json") as unknown as Promise<{ default: BasemapFile }>,
};

/**
 * The layers under the data. Outlines come in two grades; until the finer one is there the coarser is drawn.
 * @param changed called when more has been loaded
 */
export function basemapLayers(basemap: Basemap, theme: Theme, zoom: number, changed: () => void): Layer[] {
  if (basemap.kind === "none") return [];
  if (basemap.kind === "raster") return [rasterTiles(basemap.url)];
  const wanted: Level = zoom >= finerZoom ? "50m" : "110m";
  fetchLevel(wanted, changed);
  const outlines = loaded[wanted] ?? loaded["110m"] ?? loaded["50m"];
  if (!outlines) return [];
  const colours = themes[theme];
  const grade = outlines === loaded["50m"] ? "50m" : "110m";
  return [
    new SolidPolygonLayer({
      id: `basemap-land-${grade}`,
      data: outlines.land,
      getPolygon: (each: Outlines["land"][number]) => each as never,
      positionFormat: "XY",
      _normalize: false,
      getFillColor: rgba(colours.land),
      updateTriggers: { getFillColor: theme },
      pickable: false,
    }),
    lines(`basemap-borders-${grade}`, outlines.borders, colours.border, 0.8, theme),
    lines(`basemap-coasts-${grade}`, outlines.coasts, colours.coast, 0.9, theme),
  ];
}

/** Coasts and borders once more, over an image that hides them: a light rim, then a dark line, so that one shows. */
export function linesOverImage(basemap: Basemap, theme: Theme, zoom: number): Layer[] {
  const outlines = zoom >= finerZoom ? (loaded["50m"] ?? loaded["110m"]) : loaded["110m"];
  if (basemap.kind !== "offline" || !outlines) return [];
  const grade = outlines === loaded["50m"] ? "50m" : "110m";
  return themes[theme].overImage.flatMap(({ colour, width }, i) => [
    lines(`over-coasts-${i}-${grade}`, outlines.coasts, colour, width, theme),
    lines(`over-borders-${i}-${grade}`, outlines.borders, colour, width * 0.8, theme),
  ]);
}

function lines(id: string, data: Float64Array[], colour: string, width: number, theme: Theme): Layer {
  return new PathLayer({
    id,
    data,
    getPath: (each: Float64Array) => each as never,
    positionFormat: "XY",
    _pathType: "open",
    getColor: withAlpha(colour),
    updateTriggers: { getColor: theme },
    getWidth: width,
    widthUnits: "pixels",
    pickable: false,
  });
}

function withAlpha(colour: string): [number, number, number, number] {
  const [red, green, blue] = rgba(colour);
  const alpha = /^rgba\(.*,\s*([\d.]+)\)$/.exec(colour)?.[1];
  return [red, green, blue, alpha === undefined ? 255 : Math.round(255 * Number(alpha))];
}

function rasterTiles(url: string): Layer {
  return new TileLayer({
    id: "basemap-raster",
    data: url,
    tileSize: 256,
    minZoom: 0,
    maxZoom: 19,
    getTileData: async ({ url: address, signal }) => {
      const response = await fetch(address!, { signal });
      if (!response.ok) throw new Error(`${response.status} from the basemap's server`);
      return createImageBitmap(await response.blob());
    },
    renderSubLayers: (props) => {
      const { boundingBox } = props.tile;
      const [[west, south], [east, north]] = boundingBox as [[number, number], [number, number]];
      return new BitmapLayer({ id: props.id, image: props.data as never, bounds: [west, south, east, north] });
    },
  });
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
