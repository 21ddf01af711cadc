import { readFile as readBytes, writeFile as writeBytes } from "node:fs/promises";

/** The bytes of a file, e.g. one that `fused.download` gave the path of; the same in a UDF, where there is no `node:fs`. */
export async function readFile(path: string): Promise<ArrayBuffer> {
  const bytes = await readBytes(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** Writes text or bytes to a file, e.g. at a path that `fused.filePath` gave. */
export async function writeFile(path: string, data: string | ArrayBuffer | ArrayBufferView): Promise<void> {
  await writeBytes(
    path,
    data instanceof ArrayBuffer ? new Uint8Array(data) : (data as string | NodeJS.ArrayBufferView),
  );
}
