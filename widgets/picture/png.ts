import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import type { IndexedPicture } from "./quantize.ts";

const deflateAsync = promisify(deflate);
export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * Writes a picture of at most 256 colours as PNG (ISO/IEC 15948, colour type 3); the canvas library only writes true
 * colour, which is three to four times the bytes for a map.
 * @param ratio device pixels in a CSS pixel, kept as the picture's resolution
 */
export async function encodePng({ width, height, palette, pixels }: IndexedPicture, ratio: number): Promise<Buffer> {
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const density = Buffer.alloc(9);
  const dotsPerMetre = Math.round((96 * ratio) / 0.0254);
  density.writeUInt32BE(dotsPerMetre, 0);
  density.writeUInt32BE(dotsPerMetre, 4);
  density[8] = 1;
  const data = await deflateAsync(rows, { level: 8, memLevel: 9 });
  return Buffer.concat([
    pngSignature,
    pngChunk("IHDR", header),
    pngChunk("pHYs", density),
    pngChunk("PLTE", palette),
    pngChunk("IDAT", data),
    pngChunk("IEND", new Uint8Array()),
  ]);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
