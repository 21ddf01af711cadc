import { gzipSync } from "node:zlib";
import { zxyToTileId } from "pmtiles";

/**
 * A PMTiles file (version 3 of its specification) with one directory and no compression of tiles: a header of 127 bytes,
 * the directory, metadata, then the tiles in the order of their ids.
 * @param type 1 for vector tiles, 2 for PNG
 */
export function pmtilesFile(
  tiles: { z: number; x: number; y: number; bytes: Uint8Array }[],
  type: 1 | 2,
  metadata: object,
): Uint8Array {
  const sorted = tiles
    .map(({ z, x, y, bytes }) => ({ id: zxyToTileId(z, x, y), z, bytes }))
    .sort((a, b) => a.id - b.id);
  const directory: number[] = [...varint(sorted.length)];
  let last = 0;
  for (const { id } of sorted) {
    directory.push(...varint(id - last));
    last = id;
  }
  for (const _ of sorted) directory.push(...varint(1));
  for (const { bytes } of sorted) directory.push(...varint(bytes.length));
  // 0 says that a tile follows the one before it; the first lies at 0, which is written as 1.
  for (let i = 0; i < sorted.length; i++) directory.push(...varint(i === 0 ? 1 : 0));
  const root = gzipSync(Uint8Array.from(directory));
  const json = gzipSync(Buffer.from(JSON.stringify(metadata)));
  const data = Buffer.concat(sorted.map(({ bytes }) => bytes));
  const header = Buffer.alloc(127);
  header.write("PMTiles", 0, "latin1");
  header[7] = 3;
  const offsets = [127, root.length, 127 + root.length, json.length, 127 + root.length + json.length, 0];
  offsets.push(127 + root.length + json.length, data.length, sorted.length, sorted.length, sorted.length);
  offsets.forEach((value, i) => header.writeBigUInt64LE(BigInt(value), 8 + 8 * i));
  header[96] = 1;
  header[97] = 2;
  header[98] = 1;
  header[99] = type;
  header[100] = Math.min(...sorted.map(({ z }) => z));
  header[101] = Math.max(...sorted.map(({ z }) => z));
  [-180, -85, 180, 85].forEach((degrees, i) => header.writeInt32LE(degrees * 1e7, 102 + 4 * i));
  return Buffer.concat([header, root, json, data]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  while (value >= 0x80) {
    bytes.push((value % 0x80) | 0x80);
    value = Math.floor(value / 0x80);
  }
  return [...bytes, value];
}
