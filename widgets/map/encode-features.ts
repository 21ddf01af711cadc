import type { Geometry, Position } from "geojson";
import { encodeColumn } from "./encode-column.ts";
import type { FeatureSet } from "./features.ts";
import type { FeaturesHead } from "./map-spec.ts";
import type { Bounds } from "./mercator.ts";
import { unrolledArea } from "./unrolled-area.ts";

/** Features on their way to a page, which hands the numbers to the graphics card as they are. */
export interface EncodedFeatures {
  head: FeaturesHead;
  /** In the order that decode-features.ts reads them in. */
  buffers: Uint8Array[];
}

/** More columns than this are for a table, not for a tooltip. */
const mostColumns = 64;

/**
 * Puts features into flat arrays: points, lines and areas with the number of their feature, and a column a property.
 * @param isPlanar lines are as they stand, however long: nothing in them goes over the antimeridian
 */
export function encodeFeatures(features: FeatureSet, isPlanar = false): EncodedFeatures {
  const shapes = features.points ? wholePoints(features.points) : collectShapes(features, isPlanar);
  const columns = features.properties.slice(0, mostColumns).map((name) => encodeColumn(features, name));
  const { points, lines, areas, box } = shapes;
  const isOnePointEach =
    features.count > 0 && points.ids.length === features.count && points.ids.every((id, i) => id === i);
  const head: FeaturesHead = {
    count: features.count,
    bounds: box[0] <= box[2] ? box : undefined,
    points: points.ids.length,
    ...(isOnePointEach && { isOnePointEach: true as const }),
    lines: lines.ids.length,
    areas: areas.ids.length,
    columns: columns.map(({ head: each }) => each),
  };
  const buffers: ArrayBufferView[] = [];
  if (head.points > 0) buffers.push(points.positions, ...(isOnePointEach ? [] : [points.ids]));
  if (head.lines > 0) buffers.push(lines.positions, lines.starts, lines.ids);
  if (head.areas > 0) buffers.push(areas.positions, areas.ringStarts, areas.starts, areas.ids);
  for (const column of columns) buffers.push(...column.buffers);
  return { head, buffers: buffers.map((each) => new Uint8Array(each.buffer, each.byteOffset, each.byteLength)) };
}

interface Shapes {
  points: { positions: Float64Array; ids: Uint32Array };
  lines: { positions: Float64Array; starts: Uint32Array; ids: Uint32Array };
  areas: { positions: Float64Array; ringStarts: Uint32Array; starts: Uint32Array; ids: Uint32Array };
  box: Bounds;
}

const none = {
  lines: { positions: new Float64Array(), starts: new Uint32Array(), ids: new Uint32Array() },
  areas: {
    positions: new Float64Array(),
    ringStarts: new Uint32Array(),
    starts: new Uint32Array(),
    ids: new Uint32Array(),
  },
};

function wholePoints({ longitude, latitude }: NonNullable<FeatureSet["points"]>): Shapes {
  const positions = new Float64Array(2 * longitude.length);
  const ids = new Uint32Array(longitude.length);
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  let count = 0;
  for (let i = 0; i < longitude.length; i++) {
    const x = longitude[i]!;
    const y = latitude[i]!;
    if (!isOnEarth(x, y)) continue;
    positions[2 * count] = x;
    positions[2 * count + 1] = y;
    ids[count++] = i;
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < south) south = y;
    if (y > north) north = y;
  }
  const points = { positions: positions.subarray(0, 2 * count), ids: ids.subarray(0, count) };
  return { points, ...none, box: [west, south, east, north] };
}

/** Longitudes may go once around, as those of shapes over the antimeridian do. */
function isOnEarth(longitude: number, latitude: number): boolean {
  return longitude >= -360 && longitude <= 360 && latitude >= -90.000001 && latitude <= 90.000001;
}

function collectShapes(features: FeatureSet, isPlanar: boolean): Shapes {
  const points = { positions: growing(Float64Array), ids: growing(Uint32Array) };
  const lines = { positions: growing(Float64Array), starts: growing(Uint32Array), ids: growing(Uint32Array) };
  const rings = { positions: growing(Float64Array), starts: growing(Uint32Array) };
  const areas = { starts: growing(Uint32Array), ids: growing(Uint32Array) };
  const box: Bounds = [Infinity, Infinity, -Infinity, -Infinity];

  const add = (to: Growing<Float64Array>, [x, y]: Position, turn = 0): void => {
    const longitude = x! + turn;
    to.push(longitude);
    to.push(y!);
    if (longitude < box[0]) box[0] = longitude;
    if (longitude > box[2]) box[2] = longitude;
    if (y! < box[1]) box[1] = y!;
    if (y! > box[3]) box[3] = y!;
  };
  /** A line over the antimeridian goes on beyond 180° instead of back around the world. */
  const addLine = (to: Growing<Float64Array>, line: Position[]): void => {
    let turn = 0;
    for (let i = 0; i < line.length; i++) {
      if (i > 0 && !isPlanar) {
        const step = line[i]![0]! + turn - (line[i - 1]![0]! + turn);
        if (step > 180) turn -= 360;
        else if (step < -180) turn += 360;
      }
      add(to, line[i]!, turn);
    }
  };
  const isWhole = (line: Position[]): boolean => line.every(([x, y]) => isOnEarth(x!, y!));
  const addGeometry = (geometry: Geometry, id: number): void => {
    switch (geometry.type) {
      case "Point":
        if (!isOnEarth(geometry.coordinates[0]!, geometry.coordinates[1]!)) return;
        add(points.positions, geometry.coordinates);
        points.ids.push(id);
        return;
      case "MultiPoint":
        for (const at of geometry.coordinates) addGeometry({ type: "Point", coordinates: at }, id);
        return;
      case "LineString":
        if (geometry.coordinates.length < 2 || !isWhole(geometry.coordinates)) return;
        lines.starts.push(lines.positions.length / 2);
        addLine(lines.positions, geometry.coordinates);
        lines.ids.push(id);
        return;
      case "MultiLineString":
        for (const line of geometry.coordinates) addGeometry({ type: "LineString", coordinates: line }, id);
        return;
      case "Polygon": {
        const [outer, ...holes] = geometry.coordinates;
        if (!outer || outer.length < 4 || !geometry.coordinates.every(isWhole)) return;
        areas.starts.push(rings.starts.length);
        const area = isPlanar ? [outer, ...holes] : unrolledArea([outer, ...holes]);
        for (const ring of area) {
          if (ring.length < 4) continue;
          rings.starts.push(rings.positions.length / 2);
          for (const at of ring) add(rings.positions, at);
        }
        areas.ids.push(id);
        return;
      }
      case "MultiPolygon":
        for (const area of geometry.coordinates) addGeometry({ type: "Polygon", coordinates: area }, id);
        return;
      case "GeometryCollection":
        for (const each of geometry.geometries) addGeometry(each, id);
    }
  };
  for (let i = 0; i < features.count; i++) {
    const geometry = features.geometry(i);
    if (geometry) addGeometry(geometry, i);
  }
  lines.starts.push(lines.positions.length / 2);
  rings.starts.push(rings.positions.length / 2);
  areas.starts.push(rings.starts.length - 1);
  return {
    points: { positions: points.positions.whole(), ids: points.ids.whole() },
    lines: { positions: lines.positions.whole(), starts: lines.starts.whole(), ids: lines.ids.whole() },
    areas: {
      positions: rings.positions.whole(),
      ringStarts: rings.starts.whole(),
      starts: areas.starts.whole(),
      ids: areas.ids.whole(),
    },
    box,
  };
}

interface Growing<T> {
  readonly length: number;
  push(value: number): void;
  whole(): T;
}

function growing<T extends Float64Array | Uint32Array>(type: { new (length: number): T }): Growing<T> {
  let data = new type(64);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === data.length) {
        const larger = new type(2 * length);
        larger.set(data);
        data = larger;
      }
      data[length++] = value;
    },
    whole: () => data.subarray(0, length) as T,
  };
}
