import type { ColourRule, LayerStyle } from "./map-spec.ts";

/** Fused's `vizConfig` (fused-spec.md 22.1), as far as it says how a map looks. */
export interface VizConfig {
  tileLayer?: { minZoom?: number; maxZoom?: number; tileSize?: number; subLayerConfig?: Record<string, unknown> };
  rasterLayer?: Record<string, unknown>;
  vectorLayer?: Record<string, unknown>;
  hexLayer?: Record<string, unknown>;
  [name: string]: unknown;
}

/** What a `vizConfig` asks of a layer. */
export interface VizLook {
  style: LayerStyle;
  opacity?: number;
  minZoom?: number;
  maxZoom?: number;
  tileSize?: number;
  /** What could not be understood; the default is taken there. */
  warnings: string[];
}

const functions = ["colorContinuous", "colorCategories", "colorBins", "hasProp"];

/**
 * Reads a `vizConfig`, also in its older flat form with `subLayerConfig`. The vector layer's look is taken, or the hex
 * layer's where that alone says something; what a map here cannot do is told in `warnings`.
 */
export function readVizConfig(config: VizConfig): VizLook {
  const warnings: string[] = [];
  const { tileLayer = {}, rasterLayer = {} } = config;
  const flat = (config["subLayerConfig"] ?? tileLayer.subLayerConfig) as Record<string, unknown> | undefined;
  const props = config.vectorLayer ?? config.hexLayer ?? flat ?? {};
  const hex = config.hexLayer ?? {};
  const number = (value: unknown): number | undefined =>
    typeof value === "number" && Number.isFinite(value) ? value : undefined;
  const colour = (value: unknown, name: string): ColourRule | undefined => {
    const rule = readColour(value);
    if (value !== undefined && rule === undefined)
      warnings.push(`${name} of the vizConfig is not understood; the default colour is taken.`);
    return rule;
  };
  const elevation = props["getElevation"] ?? hex["getElevation"];
  const style: LayerStyle = {
    fillColor: colour(props["getFillColor"] ?? hex["getFillColor"], "getFillColor"),
    lineColor: colour(props["getLineColor"], "getLineColor"),
    filled: booleanOf(props["filled"]),
    stroked: booleanOf(props["stroked"]),
    extruded: booleanOf(props["extruded"] ?? hex["extruded"]),
    width: number(props["lineWidthMinPixels"]),
    radius: number(props["pointRadiusMinPixels"]),
    elevation: typeof elevation === "number" || typeof elevation === "string" ? elevation : undefined,
    elevationScale: number(props["elevationScale"] ?? hex["elevationScale"]),
  };
  return {
    style: Object.fromEntries(Object.entries(style).filter(([, value]) => value !== undefined)),
    // Values above 1 are in use (fused-spec.md 22.3).
    opacity: clamp(number(props["opacity"] ?? rasterLayer["opacity"])),
    minZoom: number(tileLayer.minZoom),
    maxZoom: number(tileLayer.maxZoom),
    tileSize: number(tileLayer.tileSize),
    warnings,
  };
}

/** A colour as a `vizConfig` says it; undefined where it is not understood. */
export function readColour(value: unknown): ColourRule | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value as number[];
  if (typeof value !== "object" || value === null) return undefined;
  const { "@@function": name, ...rest } = value as Record<string, unknown>;
  if (typeof name !== "string" || !functions.includes(name)) return undefined;
  if (name === "hasProp") {
    const [present, absent] = [readColour(rest["present"]), readColour(rest["absent"])];
    return present && absent ? { function: "hasProp", property: String(rest["property"]), present, absent } : undefined;
  }
  if (typeof rest["attr"] !== "string" || !Array.isArray(rest["domain"])) return undefined;
  return { function: name, ...rest } as ColourRule;
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function clamp(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(0, Math.min(1, value));
}
