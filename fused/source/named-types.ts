import type { ParameterType } from "../../engine/udf-frame.ts";

/** Parameter types by the name authors write (fused-spec.md 1.3), those of Python's UDFs included. */
const namedTypes: Record<string, ParameterType> = {
  int: { kind: "int" },
  float: { kind: "float" },
  number: { kind: "float" },
  string: { kind: "string" },
  str: { kind: "string" },
  boolean: { kind: "boolean" },
  bool: { kind: "boolean" },
  bigint: { kind: "bigint" },
  UUID: { kind: "uuid" },
  Date: { kind: "date" },
  date: { kind: "date" },
  datetime: { kind: "date" },
  list: { kind: "list" },
  List: { kind: "list" },
  Array: { kind: "list" },
  ReadonlyArray: { kind: "list" },
  Iterable: { kind: "list" },
  tuple: { kind: "list" },
  dict: { kind: "dict" },
  Dict: { kind: "dict" },
  object: { kind: "dict" },
  Object: { kind: "dict" },
  Record: { kind: "dict" },
  Pick: { kind: "dict" },
  Omit: { kind: "dict" },
  Bounds: { kind: "Bounds" },
  Bbox: { kind: "Bbox" },
  TileXYZ: { kind: "TileXYZ" },
  TileGDF: { kind: "TileGDF" },
  Tile: { kind: "TileGDF" },
  ViewportGDF: { kind: "ViewportGDF" },
  GeoDataFrame: { kind: "GeoDataFrame" },
  FeatureCollection: { kind: "GeoDataFrame" },
  DataFrame: { kind: "DataFrame" },
  Geometry: { kind: "Geometry" },
  Polygon: { kind: "Polygon" },
};

/** Types whose values cannot be written as text, and so are handed over as they are given. */
const handedOver = new Set(
  (
    "any unknown Table RecordBatch Vector ArrayBuffer DataView Blob Uint8Array Uint8ClampedArray Int8Array Uint16Array " +
    "Int16Array Uint32Array Int32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array"
  ).split(" "),
);

const prefix = /^(fused\.types|types|GeoJSON|gpd|geopandas|pd|pandas|shapely|shapely\.geometry|uuid|typing|datetime)\./;

/** Modules whose exported types are the ones of this table. */
const knownModules = /^(fused(-kernel)?(\/.*)?|geojson|apache-arrow)$/;

/** The type of a name such as `int`, `Bounds`, `fused.types.Bounds` or `gpd.GeoDataFrame`; undefined where unknown. */
export function namedType(name: string): ParameterType | undefined {
  const bare = name.replace(prefix, "");
  if (Object.hasOwn(namedTypes, bare)) return namedTypes[bare];
  return handedOver.has(bare) ? { kind: "json" } : undefined;
}

/** Whether a module's exports are the types of `namedType`. */
export function exportsNamedTypes(module: string): boolean {
  return knownModules.test(module);
}
