import { nearestName } from "../../engine/nearest-name.ts";

/** An object of deck.gl's JSON: `@@type` names its class, `@@=` an expression of a row, `@@#` a constant. */
export interface DeckObject {
  "@@type": string;
  id?: string;
  data?: unknown;
  [prop: string]: unknown;
}

/** A whole deck in deck.gl's JSON, as pydeck writes it. */
export interface DeckJson {
  layers: DeckObject[];
  initialViewState?: { longitude?: number; latitude?: number; zoom?: number; pitch?: number; bearing?: number };
  views?: DeckObject | DeckObject[];
  mapStyle?: string | object | null;
  [more: string]: unknown;
}

/** The layers that deck.gl JSON may name here. Tiled ones are asked for through the kernel. */
const deckLayerNames = [
  ...["ScatterplotLayer", "GeoJsonLayer", "PathLayer", "PolygonLayer", "SolidPolygonLayer", "IconLayer", "TextLayer"],
  ...["LineLayer", "ArcLayer", "BitmapLayer", "ColumnLayer", "GridCellLayer", "PointCloudLayer"],
  ...["HexagonLayer", "HeatmapLayer", "GridLayer", "ScreenGridLayer", "ContourLayer"],
  ...["H3HexagonLayer", "H3ClusterLayer", "TripsLayer", "QuadkeyLayer", "GeohashLayer", "S2Layer", "GreatCircleLayer"],
  ...["TileLayer", "MVTLayer"],
] as const;
export type DeckLayerName = (typeof deckLayerNames)[number];

/** Extensions of layers that may be named. */
const deckExtensionNames = [
  "DataFilterExtension",
  "BrushingExtension",
  "ClipExtension",
  "PathStyleExtension",
  "CollisionFilterExtension",
] as const;

/** What `@@#` may name: one name each, or `NAME.MEMBER`. */
export const deckConstants: Record<string, Record<string, unknown>> = {
  COORDINATE_SYSTEM: { DEFAULT: "default", LNGLAT: "lnglat", LNGLAT_OFFSETS: "lnglat-offsets", CARTESIAN: "cartesian" },
  OPERATION: { DRAW: "draw", MASK: "mask", TERRAIN: "terrain" },
  UNIT: { common: "common", meters: "meters", pixels: "pixels" },
  GL: { LINEAR: 9729, NEAREST: 9728, SRC_ALPHA: 770, ONE: 1, ONE_MINUS_SRC_ALPHA: 771, FUNC_ADD: 32774 },
};

/** Colour functions of Fused's dialect, beside deck.gl's own words. */
const deckFunctions = ["colorContinuous", "colorCategories", "colorBins", "hasProp"] as const;

/** Whether a value is a layer in deck.gl's JSON. */
export function isDeckObject(value: unknown): value is DeckObject {
  return typeof value === "object" && value !== null && typeof (value as DeckObject)["@@type"] === "string";
}

/** Whether a value is a whole deck in deck.gl's JSON: a list of layers with their classes. */
export function isDeckJson(value: unknown): value is DeckJson {
  if (typeof value !== "object" || value === null) return false;
  const { layers } = value as { layers?: unknown };
  return Array.isArray(layers) && layers.length > 0 && layers.every(isDeckObject);
}

/**
 * Looks through a layer for what this map does not have, before a page would find out.
 * @throws TypeError naming the class, function or constant, and the nearest one that there is
 */
export function checkDeckLayer(layer: DeckObject): DeckLayerName {
  const name = layer["@@type"];
  if (!(deckLayerNames as readonly string[]).includes(name)) throw unknown("layer", name, deckLayerNames);
  for (const [prop, value] of Object.entries(layer)) if (prop !== "data") checkValue(value, `${name}.${prop}`);
  return name as DeckLayerName;
}

function checkValue(value: unknown, place: string): void {
  if (typeof value === "string" && value.startsWith("@@#")) return void constantOf(value.slice(3), place);
  if (Array.isArray(value)) return value.forEach((each, i) => checkValue(each, `${place}[${i}]`));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  const { "@@type": type, "@@function": called } = value as Record<string, unknown>;
  if (type !== undefined && !(deckExtensionNames as readonly unknown[]).includes(type))
    throw unknown("extension", String(type), deckExtensionNames, place);
  if (called !== undefined && !(deckFunctions as readonly unknown[]).includes(called))
    throw unknown("function", String(called), deckFunctions, place);
  for (const [key, each] of Object.entries(value)) checkValue(each, `${place}.${key}`);
}

/** The value of `@@#NAME` or `@@#NAME.MEMBER`. @throws TypeError where there is none */
function constantOf(text: string, place = "deck.gl JSON"): unknown {
  const [group = "", member] = text.split(".");
  const members = Object.hasOwn(deckConstants, group) ? deckConstants[group]! : undefined;
  if (members && member !== undefined && Object.hasOwn(members, member)) return members[member];
  const all = Object.entries(deckConstants).flatMap(([of, names]) => Object.keys(names).map((each) => `${of}.${each}`));
  throw unknown("constant", text, all, place);
}

function unknown(kind: string, name: string, known: readonly string[], place?: string): TypeError {
  const near = nearestName(name, known) ?? nearestName(`${name}Layer`, known);
  const hint = near ? ` Did you mean ${near}?` : "";
  return new TypeError(
    `deck.gl JSON names the ${kind} "${name}"${place ? ` in ${place}` : ""}, which is not among those of this map.${hint} ` +
      `There are ${known.join(", ")}.`,
  );
}
