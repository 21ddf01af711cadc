import { nearestName } from "../../engine/nearest-name.ts";
import { isArrowTable } from "../../engine/values/geoarrow.ts";
import { isFeature, isGeoJson, isGeometry } from "../geo/geojson.ts";
import { tableSource } from "../table/table-source.ts";
import type { TableLike } from "../table/table-source.ts";
import { channels } from "./css-colour.ts";
import { isDeckObject } from "./deck-json.ts";
import type { MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import { isRaster } from "./raster-value.ts";
import { isTileAddress } from "./sources/tile-address.ts";
import { swipeSpec } from "./swipe-spec.ts";
import { isUdf } from "./udf-reader.ts";

/**
 * Checks what can be told before anything is drawn, so that the error comes from the line that makes the map: whether
 * data are a thing of a map, and whether the properties and layers that options name are there.
 * @throws TypeError naming the layer and what is wrong
 */
export function checkLayers(layers: MapLayerOptions[], { swipe, time }: ShowMapOptions): void {
  const known = layers.map((layer, i) => {
    try {
      checkColours(layer);
      return checkedProperties(layer);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      throw new TypeError(`${placeOf(layers, i)}: ${error.message}`);
    }
  });
  swipeSpec(
    swipe,
    layers.map(({ name, data }, i) => ({ id: `layer-${i}`, name: name ?? (isUdf(data) ? data.name : "data") })),
  );
  const field = typeof time === "string" ? time : time?.field;
  if (field === undefined || known.length === 0 || known.includes(undefined)) return;
  const names = [...new Set(known.flatMap((each) => each!))];
  if (!names.includes(field)) throw new TypeError(`The slider of time goes by ${unknownName(field, names)}`);
}

/** Which layer an error is about: its number, counted from 1, and its name. */
export function placeOf(layers: { name?: unknown }[], i: number): string {
  const name = layers[i]?.name;
  const called = typeof name === "string" ? ` "${name}"` : "";
  return layers.length > 1
    ? `Layer ${i + 1} of ${layers.length}${called} of fused.map`
    : `The layer${called} of fused.map`;
}

/** Names of the properties of a layer's own data; undefined where these come from elsewhere. */
function checkedProperties({ data, colorBy }: MapLayerOptions): string[] | undefined {
  if (isUdf(data) || isTileAddress(data) || isDeckObject(data)) return undefined;
  if (data instanceof Uint8Array || isRaster(data)) return undefined;
  if (typeof data === "object" && data !== null && "rgba" in data) return undefined;
  if (typeof data === "string") {
    throw new TypeError(
      "its data is text, which is no thing of a map. Import or read the file: " +
        `await fused.sql("select * from 'file.csv'") gives rows.`,
    );
  }
  checkCoordinates(data);
  const isList = Array.isArray(data) && data.length > 0 && data.every(isFeature);
  const table = isList ? { type: "FeatureCollection", features: data } : data;
  const { columns, rowCount } = tableSource(table as TableLike);
  // What a search has found nothing of has no properties to go by.
  if (rowCount === 0) return undefined;
  const names = columns.map(({ name }) => name);
  if (colorBy !== undefined && !names.includes(colorBy)) {
    throw new TypeError(`it is coloured by ${unknownName(colorBy, isGeoJson(table) ? names.slice(0, -1) : names)}`);
  }
  return names;
}

/** @throws RangeError for a colour that is none: on a page it would draw nothing */
function checkColours({ color, palette }: MapLayerOptions): void {
  const colours = [color, ...(Array.isArray(palette) ? palette : [])];
  for (const each of colours) if (typeof each === "string") channels(each);
}

const geometryTypes = /^((Multi)?(Point|LineString|Polygon)|GeometryCollection)$/;

/** @throws TypeError for the first feature whose coordinates are no numbers */
function checkCoordinates(data: unknown): void {
  if (typeof data !== "object" || data === null || isArrowTable(data)) return;
  const { type, features } = data as { type?: unknown; features?: unknown };
  const list = Array.isArray(data) ? (data as unknown[]) : type === "FeatureCollection" ? features : [data];
  if (Array.isArray(data) && typeof (data[0] as { type?: unknown } | undefined)?.type !== "string") return;
  if (!Array.isArray(list)) throw new TypeError("its data is a FeatureCollection without a list of features.");
  for (const [i, each] of (list as { type?: unknown; geometry?: unknown }[]).entries()) {
    const isOne = each?.type === "Feature";
    const geometry = isOne ? each.geometry : each;
    const kind = String((geometry as { type?: unknown } | null)?.type);
    if (isOne ? isFeature(each) : isGeometry(each) || !geometryTypes.test(kind)) continue;
    const { coordinates } = (geometry ?? {}) as { coordinates?: unknown };
    throw new TypeError(
      `the coordinates of feature ${i + 1} of ${list.length} (${kind}) are ${short(coordinates)}: ` +
        "a place is two numbers, longitude and latitude in degrees.",
    );
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function unknownName(name: string, names: string[]): string {
  const nearest = nearestName(name, names);
  return (
    `"${name}", which is no property; ` +
    (nearest === undefined ? `there are ${names.join(", ") || "none"}.` : `did you mean "${nearest}"?`)
  );
}
