import type { Geometry, Position } from "geojson";

/**
 * Reads a geometry in well-known binary (OGC 06-103r4), also with Z and M (ISO codes) and EWKB's flags and SRID.
 * @throws RangeError where the bytes end too early
 * @throws TypeError for a geometry type that GeoJSON does not have
 */
export function geometryFromWkb(bytes: Uint8Array): Geometry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;

  function geometry(): Geometry {
    const little = view.getUint8(at) === 1;
    const code = view.getUint32(at + 1, little);
    at += 5;
    if (code & 0x20000000) at += 4;
    const iso = Math.trunc((code & 0xffff) / 1000);
    const hasZ = (code & 0x80000000) !== 0 || iso === 1 || iso === 3;
    const hasM = (code & 0x40000000) !== 0 || iso >= 2;

    const count = (): number => {
      const value = view.getUint32(at, little);
      at += 4;
      return value;
    };
    const position = (): Position => {
      const read = (index: number) => view.getFloat64(at + 8 * index, little);
      const result = hasZ ? [read(0), read(1), read(2)] : [read(0), read(1)];
      at += 8 * (2 + Number(hasZ) + Number(hasM));
      return result;
    };
    const list = <T>(each: () => T): T[] => {
      const items: T[] = [];
      for (let left = count(); left > 0; left--) items.push(each());
      return items;
    };
    const line = () => list(position);
    const polygon = () => list(line);
    const part = () => (geometry() as unknown as { coordinates: never }).coordinates;

    const type = (code & 0xffff) % 1000;
    if (type === 1) return { type: "Point", coordinates: position() };
    if (type === 2) return { type: "LineString", coordinates: line() };
    if (type === 3) return { type: "Polygon", coordinates: polygon() };
    if (type === 4) return { type: "MultiPoint", coordinates: list(part) };
    if (type === 5) return { type: "MultiLineString", coordinates: list(part) };
    if (type === 6) return { type: "MultiPolygon", coordinates: list(part) };
    if (type === 7) return { type: "GeometryCollection", geometries: list(geometry) };
    throw new TypeError(`Well-known binary of type ${type} has no GeoJSON counterpart.`);
  }

  return geometry();
}
