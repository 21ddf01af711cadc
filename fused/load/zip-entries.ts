/** An entry of a zip's central directory. */
export interface ZipEntry {
  name: string;
  /** Bytes when unpacked, as the directory has it. */
  size: number;
  crc: number;
  isEncrypted: boolean;
  isSymlink: boolean;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const mostCommentBytes = 0xffff;

/**
 * The central directory of a zip (APPNOTE 6.3.10, sections 4.3.12 and 4.3.16), for what unpacking alone does not tell.
 * @throws RangeError where there is none
 */
export function zipEntries(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (view.getUint16(end + 8, true) !== count)
    throw new RangeError("it is a part of a zip, or its directory is damaged");
  const entries: ZipEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== entrySignature) throw new RangeError("its directory is damaged");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const isUnix = view.getUint8(at + 5) === 3;
    const unixMode = view.getUint32(at + 38, true) >>> 16;
    const flags = view.getUint16(at + 8, true);
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength!));
    entries.push({
      name: name.toString((flags & 0x800) === 0 ? "latin1" : "utf8"),
      size: view.getUint32(at + 24, true),
      crc: view.getUint32(at + 16, true),
      isEncrypted: (flags & 1) === 1,
      isSymlink: isUnix && (unixMode & 0o170000) === 0o120000,
    });
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return entries;
}

function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - 22 - mostCommentBytes);
  for (let at = view.byteLength - 22; at >= first; at--) if (view.getUint32(at, true) === endSignature) return at;
  throw new RangeError("it has no directory at its end");
}
