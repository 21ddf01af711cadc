import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { UdfLoadError } from "../errors.ts";
import type { UdfFolder } from "./udf-folder.ts";
import type { ZipEntry } from "./zip-entries.ts";
import { zipEntries } from "./zip-entries.ts";

/** What a zip of one UDF may hold: far above any that is known, far below what could fill the memory. */
const mostEntries = 1000;
const mostBytes = 64 * 1024 * 1024;

/**
 * Unpacks a zip into memory. Its files lie at its root, or in the one folder that it has there.
 * @param place path or address, for messages
 * @throws UdfLoadError for what is no zip, for damaged, encrypted, oversized ones, and for entries that are links, lead
 *   outside, or have the same name
 */
export async function zipFolder(bytes: Uint8Array, place: string): Promise<UdfFolder> {
  let entries: ZipEntry[];
  try {
    entries = zipEntries(bytes);
  } catch (error) {
    throw new UdfLoadError(`${place} is not a zip file: ${(error as Error).message}.`, { cause: error });
  }
  check(entries, place);
  const files = await unpack(bytes, entries, place);
  const root = files.has("meta.json") ? "" : commonFolder([...files.keys()]);
  const name = root ? basename(root) : basename(place).replace(/\.zip$/i, "");
  return {
    place,
    name,
    read: async (path) => files.get(root + path),
    list: async () => [...new Set([...files.keys()].map((path) => path.slice(root.length).split("/")[0]!))],
  };
}

function check(entries: ZipEntry[], place: string): void {
  const refuse = (why: string) => {
    throw new UdfLoadError(`${place} is refused: ${why}.`);
  };
  if (entries.length > mostEntries) refuse(`it has ${entries.length} entries, more than the ${mostEntries} of any UDF`);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (size > mostBytes) refuse(`unpacked it has ${size} bytes, more than the ${mostBytes} that are allowed`);
  const seen = new Set<string>();
  for (const { name, isEncrypted, isSymlink } of entries) {
    if (/^([\\/]|[a-z]:)|(^|[\\/])\.\.([\\/]|$)|\0/i.test(name))
      refuse(`its entry ${JSON.stringify(name)} leads outside the folder`);
    if (isSymlink) refuse(`its entry ${name} is a symbolic link`);
    if (isEncrypted) refuse(`its entry ${name} is encrypted`);
    const key = name.replaceAll("\\", "/").toLowerCase();
    if (seen.has(key)) refuse(`two of its entries have the name ${name}`);
    seen.add(key);
  }
}

async function unpack(bytes: Uint8Array, entries: ZipEntry[], place: string): Promise<Map<string, Uint8Array>> {
  const { unzipSync } = await import("fflate");
  let unpacked: Record<string, Uint8Array>;
  try {
    unpacked = unzipSync(bytes);
  } catch (error) {
    throw new UdfLoadError(`${place} cannot be unpacked: ${(error as Error).message}.`, { cause: error });
  }
  const files = new Map<string, Uint8Array>();
  for (const { name, size, crc } of entries) {
    if (name.endsWith("/")) continue;
    const data = unpacked[name];
    if (data?.length !== size || crc32(data) !== crc)
      throw new UdfLoadError(`${place} is damaged: ${name} is not what was packed.`);
    files.set(name.replaceAll("\\", "/"), data);
  }
  return files;
}

/** `Name/` where all files lie in one folder, else nothing. */
function commonFolder(paths: string[]): string {
  const [first] = new Set(paths.map((path) => path.slice(0, path.indexOf("/") + 1)));
  return first !== undefined && paths.every((path) => path.startsWith(first)) ? first : "";
}
