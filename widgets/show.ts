import type { Feature, GeoJSON } from "geojson";
import { isArrowTable } from "../engine/values/geoarrow.ts";
import { displaySettings } from "./display-settings.ts";
import { isFeature, isGeoJson, isGeometry } from "./geo/geojson.ts";
import { isPlainObject } from "./plain-object.ts";
import { isDomElement } from "./chart/is-dom-element.ts";
import { isPlotlyFigure } from "./chart/plotly-figure.ts";
import { isVegaSpec } from "./chart/is-vega-spec.ts";
import { isPlacedRaster, isWholeRaster } from "./map/raster-value.ts";
import type { Raster } from "./map/raster-value.ts";
import type { MimeBundle } from "./mime-bundle.ts";
import { imageType } from "./picture/image-type.ts";
import { duckDbTable, isDuckDbResult } from "./table/duckdb-result.ts";
import { showTable } from "./table/show-table.ts";
import { tableSource } from "./table/table-source.ts";
import type { Row, TableColumn, TableLike } from "./table/table-source.ts";
import { widgetMime } from "./widget-payload.ts";
import type { WidgetPayload } from "./widget-payload.ts";

/** Rows are looked at this far to tell whether they make a table. */
const rowsLookedAt = 1_000;

/**
 * How a value that a cell ends with is best shown: a table, a map (with a table beneath), an image, a chart or HTML.
 * Undefined where it is none of these, and its text says it all. Drawing libraries are loaded only for what has to be
 * drawn. With the option `show.showWidget` off it is the text of that alone.
 */
export async function showValue(value: unknown): Promise<MimeBundle | undefined> {
  const bundle = await drawValue(value);
  if (bundle === undefined || displaySettings().showWidget) return bundle;
  return { data: { "text/plain": bundle.data["text/plain"] ?? "" }, metadata: {} };
}

async function drawValue(value: unknown): Promise<MimeBundle | undefined> {
  if (typeof value === "string") return isHtml(value) ? htmlBundle(value) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (isArrowTable(value)) return tableOrMap(value);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return imageOrNothing(value);
  if (isPlacedRaster(value) && isWholeRaster(value[0])) return showRaster({ ...value[0], bounds: value[1] });
  if (Array.isArray(value)) return showArray(value);
  if (isWholeRaster(value)) return showRaster(value);
  if (isGeoJson(value)) return mapAndTable(value, value);
  if (isDuckDbResult(value)) return tableOrMap(await duckDbTable(value));
  if (isDomElement(value)) return (await import("./chart/dom-element.ts")).displayElement(value);
  if (isVegaSpec(value)) return (await import("./chart/vega-spec.ts")).displayVega(value);
  if (isPlotlyFigure(value)) return (await import("./chart/display-chart.ts")).displayChart(value);
  return undefined;
}

function isHtml(text: string): boolean {
  return /^\s*<(!doctype html|!--|[a-z][a-z0-9-]*[\s/>])[\s\S]*>\s*$/i.test(text);
}

function htmlBundle(html: string): MimeBundle {
  return { data: { "text/html": html, "text/plain": html }, metadata: {} };
}

async function imageOrNothing(value: Uint8Array | ArrayBuffer): Promise<MimeBundle | undefined> {
  const bytes = value instanceof Uint8Array ? value : new Uint8Array(value);
  const type = imageType(bytes);
  return type && (await import("./picture/display-image.ts")).displayImage(bytes, type);
}

async function showRaster(value: Raster): Promise<MimeBundle> {
  const domain = (await import("./map/raster.ts")).ownDomain(value);
  if (!value.bounds) return (await import("./picture/display-image.ts")).displayRaster(value, { domain });
  return (await import("./map/display-map.ts")).displayMap([{ type: "raster", image: value, domain }]);
}

async function showArray(values: unknown[]): Promise<MimeBundle | undefined> {
  if (values.length === 0) return undefined;
  const some = values.slice(0, rowsLookedAt);
  if (some.every(isFeature)) return mapAndTable({ type: "FeatureCollection", features: values as Feature[] });
  if (values.length < 2 || some.some(isGeometry) || !some.every(isPlainObject)) return undefined;
  const [first, ...others] = some;
  const isShared = (key: string) => others.every((row) => Object.hasOwn(row, key));
  return Object.keys(first!).some(isShared) ? tableOrMap(values as Row[]) : undefined;
}

async function tableOrMap(value: TableLike): Promise<MimeBundle> {
  const { columns, rowCount } = tableSource(value);
  const isPlaced = columns.some((column) => column.type.startsWith("geometry") || holdsCells(column, rowCount));
  return isPlaced ? mapAndTable(value) : showTable(value);
}

/** Names that fused-spec.md 22.2 gives to a column of H3 cells. */
const cellNames = /^(hex|h3|h3_index|h3_cell|cell_id)$/i;

/** Whether a column is named as one of H3 cells, and its first values are such: fifteen hex digits, or 64 bits of mode 1. */
function holdsCells({ name, value }: TableColumn, rowCount: number): boolean {
  if (!cellNames.test(name)) return false;
  const some = Array.from({ length: Math.min(rowCount, 20) }, (_, row) => value(row)).filter((each) => each != null);
  const isCell = (each: unknown) =>
    typeof each === "bigint" ? each >> 59n === 1n : typeof each === "string" && /^8[0-9a-f]{14}$/i.test(each);
  return some.length > 0 && some.every(isCell);
}

/** A map of what has a geometry and the table under it; the table alone, with the reason, where it cannot be drawn. */
async function mapAndTable(value: GeoJSON | TableLike, bare?: GeoJSON): Promise<MimeBundle> {
  const { displayMap } = await import("./map/display-map.ts");
  const table = await showTable(value as TableLike, { rows: 5, columns: 12 });
  const { "text/html": tableHtml, "text/plain": tableText } = table.data as Record<string, string>;
  let map: MimeBundle;
  try {
    map = await displayMap([{ type: "vector", data: value }]);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return { ...table, data: { ...table.data, "text/plain": `${tableText}\n(no map: ${error.message})` } };
  }
  if (bare && isGeometry(bare)) return map;
  return {
    data: {
      ...map.data,
      ...(await withTable(map, value as TableLike)),
      "text/html": `${String(map.data["text/html"])}\n${tableHtml}`,
      "text/plain": `${String(map.data["text/plain"])}\n${tableText}`,
    },
    metadata: map.metadata,
  };
}

/** The live map with the live table under it. */
async function withTable(map: MimeBundle, value: TableLike): Promise<Record<string, WidgetPayload>> {
  const payload = map.data[widgetMime] as WidgetPayload | undefined;
  if (!payload) return {};
  const table = await (await import("./table/live-table.ts")).liveTable(value);
  return table ? { [widgetMime]: { version: 1, widgets: [...payload.widgets, table] } } : {};
}
