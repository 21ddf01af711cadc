/** West, south, east, north in degrees. East is above 180 where the box crosses the antimeridian. */
export type Bounds = [west: number, south: number, east: number, north: number];

/** A tile of web Mercator's pyramid, counted from the north-west (XYZ). */
export interface Tile {
  z: number;
  x: number;
  y: number;
}

/** Latitude where web Mercator's square ends. */
export const edgeLatitude = 85.0511287798066;
const earthCircumference = 40075016.68557849;

/** Place on the square world, from 0 at 180° W to 1 at 180° E. */
export function worldX(longitude: number): number {
  return longitude / 360 + 0.5;
}

/** Place on the square world, from 0 at 85.05° N to 1 at 85.05° S; latitudes beyond are taken as the edge. */
export function worldY(latitude: number): number {
  const sine = Math.sin((Math.max(-edgeLatitude, Math.min(edgeLatitude, latitude)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

export function longitudeAt(x: number): number {
  return (x - 0.5) * 360;
}

export function latitudeAt(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

export function tileBounds({ z, x, y }: Tile): Bounds {
  const across = 2 ** z;
  return [longitudeAt(x / across), latitudeAt((y + 1) / across), longitudeAt((x + 1) / across), latitudeAt(y / across)];
}

/** Metres that one pixel of a world `scale` pixels wide stands for, at a latitude. */
export function metresPerPixel(latitude: number, scale: number): number {
  return (earthCircumference * Math.cos((latitude * Math.PI) / 180)) / scale;
}

/** Longitude and latitude of a place in web Mercator's metres (EPSG:3857). */
export function fromMetres(x: number, y: number): [longitude: number, latitude: number] {
  return [longitudeAt(x / earthCircumference + 0.5), latitudeAt(0.5 - y / earthCircumference)];
}
