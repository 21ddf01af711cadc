import type { Layer } from "./layers.ts";
import type { LayerData, MapLayerOptions } from "./map-options.ts";
import { isRaster } from "./raster-value.ts";

/** A layer of plain features as a picture draws it. */
export function featureLayer(layer: MapLayerOptions): Layer {
  const { data, name, longitude, latitude } = layer;
  const style = stillStyle(layer);
  if (longitude !== undefined || latitude !== undefined) {
    return { type: "points", name, data: data as never, style, longitude, latitude };
  }
  return { type: "vector", name, data: data as never, style };
}

/** What of a look the picture can draw too. */
export function stillStyle(layer: MapLayerOptions) {
  const { colorBy, palette, domain, width, opacity, radius, fillColor, stroked } = layer;
  const plain = Array.isArray(fillColor) && fillColor.every((each) => typeof each === "number") ? fillColor : undefined;
  const color = layer.color ?? plain;
  const rule = typeof layer.fillColor === "object" && "attr" in layer.fillColor ? layer.fillColor : undefined;
  return {
    colorBy: colorBy ?? rule?.attr,
    palette,
    domain:
      domain ??
      (rule && rule.function !== "colorCategories"
        ? ([rule.domain[0]!, rule.domain.at(-1)!] as [number, number])
        : undefined),
    width,
    opacity,
    ...(typeof radius === "number" && { radius }),
    ...(stroked !== undefined && { stroked }),
    ...(color !== undefined && { color: Array.isArray(color) ? `rgb(${color.slice(0, 3).join(", ")})` : color }),
  };
}

/** Whether a layer's data is a picture or numbers of one. */
export function isImage(data: LayerData): data is Extract<LayerData, { width: number } | Uint8Array> {
  return data instanceof Uint8Array || isRaster(data) || (typeof data === "object" && data !== null && "rgba" in data);
}
