import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Stats } from "node:fs";
import { access, constants, lstat, readFile, readdir, stat } from "node:fs/promises";
import { isUtf8 } from "node:buffer";
import { pipeline } from "node:stream/promises";
import { HttpError } from "../http-error.ts";
import { mimeType } from "../mime-types.ts";
import type { Folder, Place } from "./folder.ts";
import { JsonBytes } from "../exchange.ts";
import { doWorkApart } from "./in-thread.ts";
import type { Signatures } from "./signatures.ts";

export type ContentsType = "directory" | "file" | "notebook";
export type ContentsFormat = "json" | "text" | "base64";

/** https://jupyter-server.readthedocs.io/en/latest/developers/contents.html#data-model */
export interface ContentsModel {
  name: string;
  path: string;
  type: ContentsType;
  created: string;
  last_modified: string;
  size: number | null;
  writable: boolean;
  mimetype: string | null;
  content: unknown;
  format: ContentsFormat | null;
  hash: string | null;
  hash_algorithm: "sha256" | null;
}

export interface Wanted {
  content: boolean;
  hash: boolean;
  type?: ContentsType;
  format?: ContentsFormat;
}

/** Files larger than this are not sent as content: the answer is one string. */
const mostContent = 384e6;

/**
 * What stands at a place.
 * @throws HttpError 400 where it is not what was wanted; 413 where it is too large to be shown
 */
export async function readModel(
  folder: Folder,
  signatures: Signatures,
  place: Place,
  wanted: Wanted,
): Promise<ContentsModel> {
  const found = await stat(place.path);
  if (found.isDirectory()) {
    if (wanted.type !== undefined && wanted.type !== "directory") {
      throw new HttpError(400, `${place.apiPath} is a directory, not a ${wanted.type}`, { reason: "bad type" });
    }
    const content = wanted.content ? await listFolder(folder, place) : null;
    return { ...(await baseModel(place, found)), type: "directory", content, format: content && "json", size: null };
  }
  if (wanted.type === "directory") {
    throw new HttpError(400, `${place.apiPath} is not a directory`, { reason: "bad type" });
  }
  if (!found.isFile()) throw new HttpError(400, `${place.apiPath} is neither a file nor a directory`);
  const type = wanted.type ?? typeOf(place.name);
  const model: ContentsModel = { ...(await baseModel(place, found)), type };
  if (wanted.content) {
    if (found.size > mostContent) {
      throw new HttpError(413, `${place.apiPath} has ${Math.round(found.size / 1e6)} MB: too large to be opened here`);
    }
    const bytes = await readFile(place.path);
    if (wanted.hash) model.hash = createHash("sha256").update(bytes).digest("hex");
    Object.assign(model, await contentModel(signatures, place, bytes, type, wanted.format));
  }
  if (wanted.hash) {
    model.hash ??= await hashOf(place.path, found);
    model.hash_algorithm = "sha256";
  }
  return model;
}

/** What is said of an upload whose last piece has not come. */
export function unfinishedModel({ name, apiPath }: Place): ContentsModel {
  const now = new Date().toISOString();
  const dates = { created: now, last_modified: now };
  const nothing = { mimetype: null, content: null, format: null, hash: null, hash_algorithm: null };
  return { name, path: apiPath, type: "file", ...dates, size: null, writable: true, ...nothing };
}

/** The type that a file's name tells. */
export function typeOf(name: string): "file" | "notebook" {
  return name.toLowerCase().endsWith(".ipynb") ? "notebook" : "file";
}

async function contentModel(
  signatures: Signatures,
  place: Place,
  bytes: Buffer,
  type: ContentsType,
  format: ContentsFormat | undefined,
): Promise<Partial<ContentsModel>> {
  if (type === "notebook") {
    const trusted = await signatures.has(bytes);
    const content = await doWorkApart({ kind: "open", bytes, name: place.name, trusted });
    return { content: new JsonBytes(content.bytes), format: "json", mimetype: null };
  }
  const text = format !== "base64" && (isUtf8(bytes) || format === "text");
  if (text) return { content: textOf(bytes, place), format: "text", mimetype: mimeType(place.name) ?? "text/plain" };
  const mimetype = mimeType(place.name) ?? "application/octet-stream";
  return { content: bytes.toString("base64"), format: "base64", mimetype };
}

function textOf(bytes: Buffer, place: Place): string {
  if (!isUtf8(bytes)) throw new HttpError(400, `${place.apiPath} is not UTF-8 encoded`, { reason: "bad format" });
  return bytes.toString();
}

async function listFolder(folder: Folder, place: Place): Promise<ContentsModel[]> {
  const models = await Promise.all(
    (await readdir(place.path)).map(async (name) => {
      try {
        const child = await folder.findExisting(place.apiPath ? `${place.apiPath}/${name}` : name);
        const found = await stat(child.path);
        if (!found.isDirectory() && !found.isFile()) return undefined;
        const type: ContentsType = found.isDirectory() ? "directory" : typeOf(name);
        const model = await baseModel(child, found);
        return { ...model, type, size: type === "directory" ? null : found.size };
      } catch {
        // Hidden, gone in between, or a symlink that leads out: none of them is there for the front end.
        return undefined;
      }
    }),
  );
  return models.filter((model) => model !== undefined);
}

async function baseModel(place: Place, found: Stats): Promise<ContentsModel> {
  const writable = await access(place.path, constants.W_OK).then(
    () => true,
    () => false,
  );
  return {
    name: place.name,
    path: place.apiPath,
    type: "file",
    created: found.birthtime.toISOString(),
    last_modified: found.mtime.toISOString(),
    size: found.size,
    writable,
    mimetype: null,
    content: null,
    format: null,
    hash: null,
    hash_algorithm: null,
  };
}

/** Hashes of files as they were: the front end asks before every save. */
const hashes = new Map<string, string>();

async function hashOf(path: string, found: Stats): Promise<string> {
  const known = hashes.get(versionOf(found));
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const digest = hash.digest("hex");
  // What was changed while it was read is read again the next time.
  if (versionOf(await lstat(path)) === versionOf(found)) rememberHash(found, digest);
  return digest;
}

function rememberHash(found: Stats, hash: string): void {
  // A file that has just been written may be written again within the clock's resolution.
  if (Date.now() - found.mtimeMs < 100) return;
  hashes.set(versionOf(found), hash);
  if (hashes.size > 1000) hashes.delete(hashes.keys().next().value!);
}

function versionOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(":");
}
