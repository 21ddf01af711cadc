import { featureFilter, latest, normalizePropertyExpression } from "@maplibre/maplibre-gl-style-spec";
import type { MapStyle, StyleLayer } from "./source-spec.ts";

/** What an expression of a style reads of a feature. */
export interface StyledFeature {
  type: 0 | 1 | 2 | 3;
  id?: number;
  properties: Record<string, string | number | boolean>;
}

/** A layer of a style, ready to be asked. */
export interface ReadyStyleLayer {
  id: string;
  type: string;
  source?: string;
  sourceLayer?: string;
  minzoom: number;
  maxzoom: number;
  shows(zoom: number, feature: StyledFeature): boolean;
  /** A paint or layout property; undefined where neither the style nor the specification says it. */
  value(property: string, zoom: number, feature?: StyledFeature): unknown;
  /** Whether the style itself says a property. */
  has(property: string): boolean;
}

/** Layers that are drawn. Of symbols the text is, its icon is not. */
export const drawnTypes = ["background", "fill", "line", "circle", "raster", "symbol", "fill-extrusion"];

const nothing: StyledFeature = { type: 0, properties: {} };

/** Reads filters and properties of a style; a layer that cannot be read is left out. */
export function readStyleLayers({ layers }: MapStyle): ReadyStyleLayer[] {
  return layers.flatMap((layer) => {
    if (!drawnTypes.includes(layer.type) || layer.layout?.["visibility"] === "none") return [];
    // A pattern is a picture of the style's sprite, which is not fetched.
    if (Object.keys(layer.paint ?? {}).some((name) => name.endsWith("-pattern"))) return [];
    try {
      return [readLayer(layer)];
    } catch {
      return [];
    }
  });
}

type Evaluate = (globals: { zoom: number }, feature: StyledFeature) => unknown;

function readLayer(layer: StyleLayer): ReadyStyleLayer {
  const specs = latest as unknown as Record<string, Record<string, object>>;
  const known = { ...specs[`layout_${layer.type}`], ...specs[`paint_${layer.type}`] };
  const given: Record<string, unknown> = { ...layer.layout, ...layer.paint };
  const evaluators = new Map<string, Evaluate>();
  const { filter } = featureFilter(layer.filter as never, "filter");
  const evaluatorOf = (property: string): Evaluate => {
    let evaluate = evaluators.get(property);
    if (!evaluate) {
      const spec = known[property] as { default?: unknown };
      const value = given[property] ?? spec.default;
      const expression =
        value === undefined ? undefined : normalizePropertyExpression(value as never, property, spec as never);
      evaluate = (globals, feature) => expression?.evaluate(globals as never, feature as never);
      evaluators.set(property, evaluate);
    }
    return evaluate;
  };
  for (const property of Object.keys(given)) if (known[property]) evaluatorOf(property);
  return {
    id: layer.id,
    type: layer.type,
    source: layer.source,
    sourceLayer: layer["source-layer"],
    minzoom: layer.minzoom ?? 0,
    maxzoom: layer.maxzoom ?? 24,
    shows: (zoom, feature) => filter({ zoom } as never, feature as never),
    value: (property, zoom, feature = nothing) =>
      known[property] ? evaluatorOf(property)({ zoom }, feature) : undefined,
    has: (property) => given[property] !== undefined,
  };
}
