import type { Feature } from "geojson";
import { encodeFeatures } from "./encode-features.ts";
import { featureSet } from "./features.ts";
import type { MapData } from "./kernel/map-definition.ts";
import { encodeValue } from "./kernel/encode-tile.ts";
import type { EncodedContent } from "./kernel/encode-tile.ts";
import type { Layer } from "./layers.ts";
import type { LiveMap } from "./live-map.ts";
import type { LayerSpec, LayerStyle, MapSpec } from "./map-spec.ts";
import { tileBounds } from "./mercator.ts";
import type { Bounds } from "./mercator.ts";

/** Bytes of one display's data: what is over stays a picture. */
const mostBytes = 256 << 20;

/**
 * The live form of layers that a picture was drawn of; undefined outside a notebook, and where a layer is nothing that
 * a page could draw: an error, a text in a tile.
 */
export async function liveLayers(
  layers: Layer[],
  { bounds, title, height, notes = [] }: { bounds: Bounds; title?: string; height: number; notes?: string[] },
): Promise<LiveMap | undefined> {
  const specs: LayerSpec[] = [];
  const data: Record<string, MapData> = {};
  const parts: Uint8Array[] = [];
  const keep = ({ content, buffers }: EncodedContent): string | undefined => {
    if (content.media === "text") return undefined;
    const name = `d${Object.keys(data).length}`;
    data[name] = { content, first: parts.length, parts: buffers.length };
    parts.push(...buffers);
    return name;
  };
  for (const [i, layer] of layers.entries()) {
    const encoded = await encodeLayer(layer);
    const name = encoded && keep(encoded);
    if (!encoded || name === undefined) return undefined;
    specs.push(specOf(`layer-${i}`, layer, name, encoded));
    if (layer.type === "tile") {
      const outline = encodeFeatures(await featureSet(boxFeature(tileBounds(layer))));
      const outlineName = keep({ content: { media: "features", features: outline.head }, buffers: outline.buffers })!;
      specs.push({
        id: `tile-${i}`,
        name: `tile ${layer.z}/${layer.x}/${layer.y}`,
        type: "vector",
        data: outlineName,
        count: 1,
        bounds: tileBounds(layer),
        tooltip: false,
        style: { filled: false, color: "#5d6873", width: 1.2 },
      });
    }
  }
  if (parts.reduce((sum, each) => sum + each.length, 0) > mostBytes) return undefined;
  const spec: MapSpec = {
    version: 1,
    ...(title !== undefined && { title }),
    height,
    view: { bounds },
    basemap: { kind: "offline" },
    theme: "auto",
    layers: specs,
    attribution: "Natural Earth",
    ...(notes.length > 0 && { notes }),
  };
  return { spec, more: { udfs: {}, data }, parts };
}

async function encodeLayer(layer: Layer): Promise<EncodedContent | undefined> {
  if (layer.type === "vector" || layer.type === "points") {
    const { head, buffers } = encodeFeatures(await featureSet(layer.data, layer.type === "points" ? layer : {}));
    return { content: { media: "features", features: head }, buffers };
  }
  if (layer.type === "raster") return encodeValue(layer.image, layer.bounds);
  if (layer.error !== undefined) return undefined;
  // A table that tells no place, an object of somebody's own: the picture says so.
  return encodeValue(layer.value, tileBounds(layer)).catch(() => undefined);
}

function specOf(id: string, layer: Layer, data: string, { content }: EncodedContent): LayerSpec {
  const name = layer.name ?? (layer.type === "raster" ? "raster" : "data");
  if (content.media === "features") {
    const { style = {} } = layer as { style?: LayerStyle & { opacity?: number } };
    const { opacity, ...look } = style;
    const { count, bounds } = content.features;
    return { id, name, type: "vector", data, count, bounds, style: look, ...(opacity !== undefined && { opacity }) };
  }
  const { palette, domain, nodata, opacity } = layer as LayerStyle & { opacity?: number };
  const own = "bounds" in content ? content.bounds : undefined;
  return {
    id,
    name,
    type: "raster",
    data,
    bounds: own ?? boxOf(layer),
    rows: layer.type === "tile" && !own ? "mercator" : "latitude",
    style: { palette, domain, nodata },
    ...(opacity !== undefined && { opacity }),
  };
}

function boxOf(layer: Layer): Bounds {
  if (layer.type === "tile") return tileBounds(layer);
  const { bounds, image } = layer as Extract<Layer, { type: "raster" }>;
  return bounds ?? (image as { bounds?: Bounds }).bounds!;
}

function boxFeature([west, south, east, north]: Bounds): Feature {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}
