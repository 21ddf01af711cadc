import { gunzipSync } from "node:zlib";
import { VectorTile, classifyRings } from "@mapbox/vector-tile";
import type { VectorTileFeature } from "@mapbox/vector-tile";
import type { Feature, FeatureCollection, Geometry, Position } from "geojson";
import { PbfReader } from "pbf";
import { clipRing } from "../clip.ts";
import { latitudeAt, longitudeAt } from "../mercator.ts";
import type { Tile } from "../mercator.ts";

/**
 * Whether bytes can be a Mapbox Vector Tile, gzipped or not: a protobuf message whose first field is a layer (number 3,
 * of a length), as the specification 2.1 has it.
 */
export function looksLikeVectorTile(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1a || (bytes[0] === 0x1f && bytes[1] === 0x8b);
}

/** @throws Error where the bytes are no vector tile */
export function readVectorTile(bytes: Uint8Array): VectorTile {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  try {
    return new VectorTile(new PbfReader(plain));
  } catch (error) {
    throw new TypeError(`These bytes are no vector tile: ${(error as Error).message}`);
  }
}

/**
 * The features of a vector tile, areas cut at its edge and points beyond it left out, so that neighbours do not draw
 * them twice. Where the tile has several layers, the property `layer` names each feature's.
 */
export function vectorTileFeatures(bytes: Uint8Array, tile: Tile): FeatureCollection {
  const { layers } = readVectorTile(bytes);
  const names = Object.keys(layers);
  const features = names.flatMap((name) => {
    const layer = layers[name]!;
    return Array.from({ length: layer.length }, (_, i): Feature | undefined => {
      const feature = layer.feature(i);
      const geometry = geometryOf(feature, tile);
      const properties = names.length > 1 ? { layer: name, ...feature.properties } : feature.properties;
      return geometry && { type: "Feature", geometry, properties };
    }).filter((each) => each !== undefined);
  });
  return { type: "FeatureCollection", features };
}

function geometryOf(feature: VectorTileFeature, { z, x, y }: Tile): Geometry | undefined {
  const { extent } = feature;
  const across = 2 ** z;
  const place = (px: number, py: number): Position => [
    longitudeAt((x + px / extent) / across),
    latitudeAt((y + py / extent) / across),
  ];
  const lines = feature.loadGeometry();
  switch (feature.type) {
    case 1: {
      const inside = lines.flat().filter((at) => at.x >= 0 && at.x < extent && at.y >= 0 && at.y < extent);
      return inside.length > 0 ? { type: "MultiPoint", coordinates: inside.map((at) => place(at.x, at.y)) } : undefined;
    }
    case 2:
      return { type: "MultiLineString", coordinates: lines.map((line) => line.map((at) => place(at.x, at.y))) };
    case 3: {
      const frame = { left: 0, top: 0, right: extent, bottom: extent };
      const areas = classifyRings(lines).flatMap((rings) => {
        const cut = rings.flatMap((ring) => {
          const flat = clipRing(
            ring.flatMap((at) => [at.x, at.y]),
            frame,
          );
          return flat.length < 6 ? [] : [closed(flat, place)];
        });
        return cut.length > 0 ? [cut] : [];
      });
      return areas.length > 0 ? { type: "MultiPolygon", coordinates: areas } : undefined;
    }
    default:
      return undefined;
  }
}

function closed(flat: number[], place: (x: number, y: number) => Position): Position[] {
  const ring: Position[] = [];
  for (let i = 0; i < flat.length; i += 2) ring.push(place(flat[i]!, flat[i + 1]!));
  ring.push(ring[0]!);
  return ring;
}
