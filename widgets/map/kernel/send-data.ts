import type { PageLine } from "../../widget-kernel.ts";
import type { MapData } from "./map-definition.ts";

/** Bytes of one message: what stands behind a slow line should not wait long for it. */
const messageBytes = 4 << 20;

/**
 * Sends a layer's data: first how it is to be read and how large its buffers are, then the buffers in pieces.
 * @throws TypeError where the map has no such data
 */
export function sendData(page: PageLine, name: string, data: Record<string, MapData>, parts: Uint8Array[]): void {
  if (!Object.hasOwn(data, name)) throw new TypeError(`This map has no data ${JSON.stringify(name)}.`);
  const { content, first, parts: count } = data[name]!;
  const buffers = parts.slice(first, first + count);
  const pieces: { buffer: number; offset: number; bytes: Uint8Array }[] = buffers.flatMap((bytes, buffer) =>
    Array.from({ length: Math.ceil(bytes.length / messageBytes) }, (_, i) => ({
      buffer,
      offset: i * messageBytes,
      bytes: bytes.subarray(i * messageBytes, (i + 1) * messageBytes),
    })),
  );
  page.send("data", { data: name, content, sizes: buffers.map(({ length }) => length) });
  let waiting: typeof pieces = [];
  let size = 0;
  const flush = (): void => {
    const places = waiting.map(({ buffer, offset }) => ({ buffer, offset }));
    page.send(
      "data.part",
      { data: name, places },
      waiting.map(({ bytes }) => bytes),
    );
    waiting = [];
    size = 0;
  };
  for (const piece of pieces) {
    if (size > 0 && size + piece.bytes.length > messageBytes) flush();
    waiting.push(piece);
    size += piece.bytes.length;
  }
  if (waiting.length > 0) flush();
}
