import { promisify } from "node:util";
import { constants, crc32, deflate, deflateSync } from "node:zlib";
import type { Pixels } from "./pixels.ts";

const compress = promisify(deflate);
const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const colourTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
/** Filter "Up" of every row: rasters change slowly from row to row, and it costs no choosing. */
const filterUp = 2;
/** What the filter leaves is runs of equal bytes: to look for more took twice the time and saved nothing. */
const settings = { level: 1, strategy: constants.Z_RLE };
/** A tile is compressed sooner than another thread is woken, bytes. */
const mostAtOnce = 256 * 257 * 4;

/** A PNG (ISO/IEC 15948) in the picture's own number of channels; one larger than a tile is compressed on another thread. */
export async function encodePng({ width, height, channels, data }: Pixels): Promise<Uint8Array> {
  const row = width * channels;
  const rows = new Uint8Array((row + 1) * height);
  rows.set(data.subarray(0, row), 1);
  for (let y = 1, at = row + 1; y < height; y++) {
    at++;
    for (let from = y * row, end = from + row; from < end; from++) rows[at++] = data[from]! - data[from - row]!;
  }
  for (let y = 0; y < height; y++) rows[y * (row + 1)] = filterUp;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourTypes[channels], 0, 0, 0], 8);
  const packed = rows.length > mostAtOnce ? await compress(rows, settings) : deflateSync(rows, settings);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array(0))]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const made = Buffer.alloc(data.length + 12);
  made.writeUInt32BE(data.length, 0);
  made.write(type, 4, "latin1");
  made.set(data, 8);
  made.writeUInt32BE(crc32(made.subarray(4, data.length + 8)), data.length + 8);
  return made;
}
