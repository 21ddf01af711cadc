import type { MapUdf } from "./kernel/map-definition.ts";
import type { LayerSpec, LayerStyle } from "./map-spec.ts";
import type { Bounds } from "./mercator.ts";
import type { MapLayerOptions } from "./map-options.ts";
import { readUdf } from "./udf-reader.ts";
import type { MapUdfLike } from "./udf-reader.ts";
import { readVizConfig } from "./viz-config.ts";
import type { VizConfig } from "./viz-config.ts";

/** Longest time for one tile, seconds: a reader waits for it. */
const tileTimeout = 30;
/** Zooms that a UDF is asked for (fused-spec.md 4.1). */
const deepestZoom = 19;

/** A layer of tiles that a UDF computes, for the kernel and for pages. */
export interface UdfLayer {
  spec: Extract<LayerSpec, { type: "tiles" }>;
  udf: MapUdf;
  /** Where it opens, by the UDF's own default. */
  bounds?: Bounds;
  warnings: string[];
}

/**
 * A UDF as a layer; undefined where its runs do not go to this machine, since pages could not ask for tiles then.
 * @throws TypeError where the UDF takes no tile
 */
export async function udfLayer(
  udf: MapUdfLike,
  id: string,
  options: Partial<MapLayerOptions>,
): Promise<UdfLayer | undefined> {
  const { engineName, tileParameter, ...source } = await readUdf(udf);
  if (tileParameter === undefined) {
    throw new TypeError(`${udf.name} takes no tile, so it is no map. Give it a parameter bounds: fused.types.Bounds.`);
  }
  if (engineName !== "local") return undefined;
  const viz = options.vizConfig ?? (udf.metadata["fused:vizConfig"] as VizConfig | undefined);
  const look = viz ? readVizConfig(viz) : { style: {}, warnings: [] };
  const { minZoom, maxZoom, tileSize, opacity } = { tileSize: 256, ...defined(look), ...defined(options) };
  const { timeoutMs = 1000 * tileTimeout } = source.request.limits ?? {};
  return {
    spec: {
      id,
      name: options.name ?? udf.name,
      type: "tiles",
      udf: id,
      minZoom: minZoom ?? 0,
      maxZoom: maxZoom ?? deepestZoom,
      tileSize,
      ...(opacity !== undefined && { opacity }),
      ...(options.visible !== undefined && { visible: options.visible }),
      ...(options.tooltip !== undefined && { tooltip: options.tooltip }),
      style: { ...look.style, ...styleOf(options) },
    },
    udf: { source, parameters: options.parameters ?? {}, timeout: Math.max(1, timeoutMs / 1000) },
    bounds: boxOf(udf.parameters[tileParameter]),
    warnings: look.warnings,
  };
}

const styleNames =
  "colorBy color palette domain nodata radius width filled stroked elevation elevationScale extruded weight fillColor lineColor";

/** What of a layer's options is its look. */
export function styleOf(options: Partial<MapLayerOptions>): LayerStyle {
  const names = new Set(styleNames.split(" "));
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => names.has(name) && value !== undefined));
}

function boxOf(value: unknown): Bounds | undefined {
  const isBox = Array.isArray(value) && value.length === 4 && value.every((edge) => typeof edge === "number");
  return isBox ? (value as Bounds) : undefined;
}

function defined<T extends object>(of: T): Partial<T> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Partial<T>;
}
