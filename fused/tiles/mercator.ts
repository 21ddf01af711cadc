import { checkZoom, readTile, TileError } from "./tile.ts";
import type { Box, Tile, TileArgs } from "./tile.ts";

// Arithmetic, constants and epsilons are mercantile's (https://mercantile.readthedocs.io), so that tile numbers agree.
const EARTH_RADIUS = 6378137;
const EARTH_CIRCUMFERENCE = 2 * Math.PI * EARTH_RADIUS;
const FLOOR_EPSILON = 1e-14;
const DEGREES = 180 / Math.PI;

export interface TruncateOption {
  /** Cut longitudes to ±180 and latitudes to ±90 first. Default false. */
  truncate?: boolean;
}

/**
 * The tile that contains a place.
 * @param lng longitude in degrees; beyond ±180 it falls in the edge column.
 * @param lat latitude in degrees; beyond ±85.0511° it falls in the edge row.
 * @throws TileError for a latitude of ±90 or beyond, unless `truncate`.
 */
export function tile(lng: number, lat: number, zoom: number, options: TruncateOption = {}): Tile {
  checkZoom(zoom);
  if (!Number.isFinite(lng) || !Number.isFinite(lat)) {
    throw new TileError(`A tile needs a finite longitude and latitude, not ${lng}, ${lat}`);
  }
  if (!options.truncate && Math.abs(lat) >= 90) {
    throw new TileError(`Latitude ${lat} has no tile: web mercator ends before the poles (use truncate: true)`);
  }
  return {
    x: cell(lng / 360 + 0.5, zoom),
    y: Math.abs(lat) >= 90 ? (lat > 0 ? 0 : 2 ** zoom - 1) : cell(mercatorRow(lat), zoom),
    z: zoom,
  };
}

function mercatorRow(lat: number): number {
  const sine = Math.sin(lat * (Math.PI / 180));
  return 0.5 - (0.25 * Math.log((1 + sine) / (1 - sine))) / Math.PI;
}

function cell(fraction: number, zoom: number): number {
  const size = 2 ** zoom;
  if (fraction <= 0) return 0;
  if (fraction >= 1) return size - 1;
  return Math.min(Math.floor((fraction + FLOOR_EPSILON) * size), size - 1);
}

/** Upper-left corner `[lng, lat]` of a tile, degrees. */
export function ul(...args: TileArgs): [lng: number, lat: number] {
  const { x, y, z } = readTile(args);
  return corner(x, y, z);
}

/** `[west, south, east, north]` of a tile, degrees. */
export function bounds(...args: TileArgs): Box {
  const { x, y, z } = readTile(args);
  const [west, north] = corner(x, y, z);
  const [east, south] = corner(x + 1, y + 1, z);
  return [west, south, east, north];
}

function corner(x: number, y: number, z: number): [number, number] {
  const size = 2 ** z;
  return [(x / size) * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / size))) * DEGREES];
}

/** `[left, bottom, right, top]` of a tile in EPSG:3857 metres. */
export function xyBounds(...args: TileArgs): Box {
  const { x, y, z } = readTile(args);
  const size = EARTH_CIRCUMFERENCE / 2 ** z;
  const left = x * size - EARTH_CIRCUMFERENCE / 2;
  const top = EARTH_CIRCUMFERENCE / 2 - y * size;
  return [left, top - size, left + size, top];
}

/** EPSG:3857 metres of a place in degrees. At the poles y is ±Infinity. */
export function xy(lng: number, lat: number, options: TruncateOption = {}): [x: number, y: number] {
  const [longitude, latitude] = options.truncate ? truncateLngLat(lng, lat) : [lng, lat];
  const x = EARTH_RADIUS * (longitude * (Math.PI / 180));
  if (latitude <= -90) return [x, -Infinity];
  if (latitude >= 90) return [x, Infinity];
  return [x, EARTH_RADIUS * Math.log(Math.tan(Math.PI * 0.25 + 0.5 * (latitude * (Math.PI / 180))))];
}

/** Degrees of a place in EPSG:3857 metres. */
export function lngLat(x: number, y: number, options: TruncateOption = {}): [lng: number, lat: number] {
  const lng = (x * DEGREES) / EARTH_RADIUS;
  const lat = (Math.PI * 0.5 - 2 * Math.atan(Math.exp(-y / EARTH_RADIUS))) * DEGREES;
  return options.truncate ? truncateLngLat(lng, lat) : [lng, lat];
}

/** Longitude cut to ±180, latitude to ±90. */
export function truncateLngLat(lng: number, lat: number): [lng: number, lat: number] {
  return [Math.min(180, Math.max(-180, lng)), Math.min(90, Math.max(-90, lat))];
}
