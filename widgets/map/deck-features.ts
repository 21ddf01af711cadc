import type { Feature, GeoJSON, Geometry, Position } from "geojson";
import { featuresOf, isGeoJson } from "../geo/geojson.ts";
import type { TableLike } from "../table/table-source.ts";
import { cellBox } from "./cell-box.ts";
import { colourFunction } from "./colour-function.ts";
import type { DeckLayerName, DeckObject } from "./deck-json.ts";
import type { VectorStyle } from "./vector-style.ts";

type Row = Record<string, unknown>;
type Accessor = (row: Row) => unknown;

/** What a layer of deck.gl's JSON shows, as the picture draws it and as bounds are taken from. */
export interface DeckShapes {
  data: GeoJSON | TableLike;
  style: VectorStyle;
}

const points = ["getPosition", "position"] as const;
const ends = ["getSourcePosition", "sourcePosition", "getTargetPosition", "targetPosition"] as const;

/** The prop that tells where a row lies, and the row's property that deck.gl takes without it. */
const places: Partial<Record<DeckLayerName, { shape: string; props: readonly string[] }>> = {
  ScatterplotLayer: { shape: "point", props: points },
  IconLayer: { shape: "point", props: points },
  TextLayer: { shape: "point", props: points },
  ColumnLayer: { shape: "point", props: points },
  GridCellLayer: { shape: "point", props: points },
  PointCloudLayer: { shape: "point", props: points },
  HexagonLayer: { shape: "point", props: points },
  HeatmapLayer: { shape: "point", props: points },
  GridLayer: { shape: "point", props: points },
  ScreenGridLayer: { shape: "point", props: points },
  ContourLayer: { shape: "point", props: points },
  PathLayer: { shape: "line", props: ["getPath", "path"] },
  TripsLayer: { shape: "line", props: ["getPath", "path"] },
  PolygonLayer: { shape: "area", props: ["getPolygon", "polygon"] },
  SolidPolygonLayer: { shape: "area", props: ["getPolygon", "polygon"] },
  LineLayer: { shape: "ends", props: ends },
  ArcLayer: { shape: "ends", props: ends },
  GreatCircleLayer: { shape: "ends", props: ends },
  H3HexagonLayer: { shape: "cell", props: ["getHexagon", "hexagon"] },
  H3ClusterLayer: { shape: "cells", props: ["getHexagons", "hexagons"] },
  QuadkeyLayer: { shape: "quadkey", props: ["getQuadkey", "quadkey"] },
  GeohashLayer: { shape: "geohash", props: ["getGeohash", "geohash"] },
};

/** Layers whose colours come from how many rows lie together, which a picture of the rows cannot say. */
const summing = new Set<string>(["HexagonLayer", "HeatmapLayer", "GridLayer", "ScreenGridLayer", "ContourLayer"]);

/**
 * The places and colours of a layer's rows; undefined for layers whose places are not worked out here (S2, pictures).
 * @throws SyntaxError for an expression that cannot be read, TypeError for data that is no list
 */
export async function deckShapes(
  layer: DeckObject,
  name: DeckLayerName,
  data: unknown,
): Promise<DeckShapes | undefined> {
  const { _parseExpressionString: parse } = await import("@deck.gl/json");
  const read = (text: string) => parse(text.slice(3)) as unknown as Accessor;
  const style = styleOf(layer, name);
  if (name === "GeoJsonLayer") {
    if (!isGeoJson(data) && !isFeatureList(data)) throw new TypeError("The data of a GeoJsonLayer is GeoJSON.");
    const features = Array.isArray(data) ? (data as Feature[]) : featuresOf(data as GeoJSON);
    const rows = features as unknown as Row[];
    return {
      data: { type: "FeatureCollection", features } as GeoJSON,
      style: { ...style, colours: coloursOf(layer, rows, read) },
    };
  }
  const place = places[name];
  if (!place || data === undefined) return undefined;
  if (!Array.isArray(data)) throw new TypeError(`The data of a ${name} is a list of rows or a table.`);
  const rows = data as Row[];
  const at = place.props.flatMap((prop, i) =>
    i % 2 === 0 ? [accessorOf(layer[prop], place.props[i + 1]!, read)] : [],
  );
  const colours = summing.has(name) ? undefined : coloursOf(layer, rows, read);
  const look = summing.has(name) ? { opacity: 0.35, ...style, color: "#d94801" } : { ...style, colours };
  if (place.shape === "cell") return { data: rows.map((row) => ({ hex: at[0]!(row) })) as TableLike, style: look };
  const features = rows.map((row): Feature<Geometry | null> => ({
    type: "Feature",
    properties: {},
    geometry: geometryOf(
      place.shape,
      at.map((each) => each(row)),
    ),
  }));
  if (place.shape === "cells") await fillCells(features, rows, at[0]!);
  return { data: { type: "FeatureCollection", features } as GeoJSON, style: look };
}

function accessorOf(value: unknown, fallback: string, read: (text: string) => Accessor): Accessor {
  if (value === undefined) return (row) => row[fallback];
  if (typeof value === "string" && value.startsWith("@@=")) return read(value);
  return () => value;
}

function coloursOf(
  layer: DeckObject,
  rows: Row[],
  read: (text: string) => Accessor,
): (string | undefined)[] | undefined {
  const prop = ["getFillColor", "getColor", "getSourceColor", "getLineColor"].find((each) => layer[each] !== undefined);
  if (prop === undefined || layer["filled"] === false) return undefined;
  const colour = deckColour(layer[prop], read);
  return rows.map((row) => css(colour(row)));
}

/** A colour as deck.gl's JSON says it: a list, an expression, a list of expressions, or a function of Fused's. */
function deckColour(value: unknown, read: (text: string) => Accessor): Accessor {
  if (typeof value === "string" && value.startsWith("@@=")) return read(value);
  if (Array.isArray(value) && value.some((each) => typeof each === "string")) {
    const parts = value.map((each) => (typeof each === "string" ? read(each) : () => each as unknown));
    return (row) => parts.map((part) => part(row));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return () => value;
  return colourFunction(value);
}

function css(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length < 3) return undefined;
  const [red, green, blue, alpha = 255] = value.map((each) =>
    Math.max(0, Math.min(255, Math.round(Number(each)) || 0)),
  );
  return `rgba(${red}, ${green}, ${blue}, ${Number((alpha! / 255).toFixed(3))})`;
}

function styleOf(layer: DeckObject, name: DeckLayerName): VectorStyle {
  const number = (...props: string[]): number | undefined =>
    props.map((prop) => layer[prop]).find((value): value is number => typeof value === "number" && value > 0);
  const inPixels = (unit: string) => layer[unit] === "pixels";
  const radius =
    inPixels("radiusUnits") || inPixels("pointRadiusUnits") ? number("getRadius", "getPointRadius") : undefined;
  const isWide = name === "ArcLayer" || name === "LineLayer" || inPixels("widthUnits") || inPixels("lineWidthUnits");
  const width =
    (isWide ? number("getWidth", "getLineWidth") : undefined) ?? number("widthMinPixels", "lineWidthMinPixels");
  const least = number("radiusMinPixels", "pointRadiusMinPixels");
  const opacity = number("opacity");
  return {
    color: "#1f2933",
    ...((radius ?? least) !== undefined && { radius: radius ?? least }),
    ...(width !== undefined && { width }),
    ...(opacity !== undefined && { opacity: Math.min(1, opacity) }),
  };
}

function geometryOf(shape: string, values: unknown[]): Geometry | null {
  const [value] = values;
  switch (shape) {
    case "point":
      return isPosition(value) ? { type: "Point", coordinates: value } : null;
    case "line":
      return isLine(value) ? { type: "LineString", coordinates: value } : null;
    case "ends":
      return values.every(isPosition) ? { type: "LineString", coordinates: values as Position[] } : null;
    case "area":
      return areaOf(value);
    case "quadkey":
    case "geohash": {
      const box = typeof value === "string" ? cellBox(shape, value) : undefined;
      if (!box) return null;
      const [west, south, east, north] = box;
      return areaOf([
        [west, south],
        [east, south],
        [east, north],
        [west, north],
      ]);
    }
    default:
      return null;
  }
}

async function fillCells(features: Feature<Geometry | null>[], rows: Row[], at: Accessor): Promise<void> {
  const { cellsToMultiPolygon, isValidCell } = await import("h3-js");
  rows.forEach((row, i) => {
    const cells = at(row);
    if (!Array.isArray(cells) || !cells.every((cell) => isValidCell(cell as string))) return;
    features[i]!.geometry = { type: "MultiPolygon", coordinates: cellsToMultiPolygon(cells as string[], true) };
  });
}

/** One ring, or a list of rings; deck.gl closes them by itself. */
function areaOf(value: unknown): Geometry | null {
  const rings = isLine(value) ? [value] : value;
  if (!Array.isArray(rings) || rings.length === 0 || !rings.every(isLine)) return null;
  const closed = (rings as Position[][]).map((ring) =>
    ring[0]!.every((each, i) => each === ring.at(-1)![i]) ? ring : [...ring, ring[0]!],
  );
  return { type: "Polygon", coordinates: closed };
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length >= 2 && value.slice(0, 2).every((each) => Number.isFinite(each));
}

function isLine(value: unknown): value is Position[] {
  return Array.isArray(value) && value.length > 1 && value.every(isPosition);
}

function isFeatureList(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => (each as Feature | null)?.type === "Feature");
}
