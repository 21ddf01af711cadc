import { constants, copyFile, readdir, rm, rmdir, stat, unlink } from "node:fs/promises";
import { extname } from "node:path";
import { decodePart, readBody, readJson, replyEmpty, replyJson, replyWithContent } from "../exchange.ts";
import type { Exchange } from "../exchange.ts";
import { HttpError } from "../http-error.ts";
import type { Route } from "../routes.ts";
import {
  deleteCheckpoint,
  dropCheckpoint,
  listCheckpoints,
  makeCheckpoint,
  moveCheckpoint,
  restoreCheckpoint,
} from "./checkpoints.ts";
import type { Folder, Place } from "./folder.ts";
import { readModel, typeOf, unfinishedModel } from "./models.ts";
import type { ContentsFormat, ContentsType, Wanted } from "./models.ts";
import { doWorkApart } from "./in-thread.ts";
import { emptyNotebook, writeNotebookText } from "./notebook-file.ts";
import { createFirstFree, moveTo, numberedNames, save, trustFile, writeNew } from "./save.ts";
import type { Signatures } from "./signatures.ts";

/**
 * Bytes of a request that saves: a notebook of 200 MB, or a file of that size as base64. Larger files come in pieces
 * (JupyterLab's upload sends 1 MB at a time).
 */
const defaultUploadLimit = 280e6;

/** /api/contents: https://jupyter-server.readthedocs.io/en/latest/developers/contents.html */
export function contentsRoutes(folder: Folder, signatures: Signatures, uploadLimit = defaultUploadLimit): Route[] {
  const placeOf = ({ params }: Exchange) => folder.find(decodePath(params[0] ?? ""));
  const existing = ({ params }: Exchange) => folder.findExisting(decodePath(params[0] ?? ""));
  const model = (place: Place, wanted: Wanted) => readModel(folder, signatures, place, wanted);
  const bare: Wanted = { content: false, hash: false };

  async function get(exchange: Exchange): Promise<void> {
    const { query } = exchange;
    const type = oneOf<ContentsType>(query, "type", ["directory", "file", "notebook"]);
    const format = oneOf<ContentsFormat>(query, "format", ["json", "text", "base64"]);
    const wanted: Wanted = { content: query.get("content") !== "0", hash: query.get("hash") === "1", type, format };
    replyWithContent(exchange, await model(await existing(exchange), wanted));
  }

  /** A new untitled file, or a copy. */
  async function post(exchange: Exchange): Promise<void> {
    const request = await readJson(exchange);
    const parent = await existing(exchange);
    if (!(await stat(parent.path)).isDirectory()) throw new HttpError(400, "Cannot POST to files, use PUT instead.");
    const made =
      typeof request.copy_from === "string"
        ? await copy(request.copy_from, parent)
        : await createUntitled(parent, request.type ?? "file", typeof request.ext === "string" ? request.ext : ".txt");
    replyJson(exchange, await model(await folder.find(made.apiPath), bare), 201);
  }

  async function copy(apiPath: string, parent: Place): Promise<Place> {
    const from = await folder.findExisting(apiPath);
    if (!(await stat(from.path)).isFile()) throw new HttpError(400, `Can't copy directories: ${from.apiPath}`);
    const ending = extname(from.name);
    const stem = from.name.slice(0, from.name.length - ending.length).replace(/-Copy\d*$/, "");
    return createFirstFree(folder, parent, copyNames(stem, ending), ({ path }) =>
      copyFile(from.path, path, constants.COPYFILE_EXCL),
    );
  }

  async function createUntitled(parent: Place, type: unknown, ext: string): Promise<Place> {
    if (type === "directory") {
      const { mkdir } = await import("node:fs/promises");
      const names = numberedNames("Untitled Folder", "", " ");
      return createFirstFree(folder, parent, names, async ({ path }) => void (await mkdir(path)));
    }
    if (type === "notebook") {
      const { text } = writeNotebookText(emptyNotebook(), "Untitled");
      await signatures.add(Buffer.from(text));
      return createFirstFree(folder, parent, numberedNames("Untitled", ".ipynb"), ({ path }) => writeNew(path, text));
    }
    if (type !== "file") throw new HttpError(400, `Unexpected model type: ${String(type)}`);
    const ending = ext === "" || ext.startsWith(".") ? ext : `.${ext}`;
    return createFirstFree(folder, parent, numberedNames("untitled", ending), ({ path }) => writeNew(path, ""));
  }

  async function put(exchange: Exchange): Promise<void> {
    const place = await placeOf(exchange);
    const body = await readBody(exchange, uploadLimit);
    const fresh = await save(
      folder,
      signatures,
      place,
      await doWorkApart({ kind: "save", bytes: body, name: place.name }),
    );
    const saved = await folder.find(place.apiPath);
    if (!saved.exists) return replyJson(exchange, unfinishedModel(place));
    replyJson(exchange, await model(saved, bare), fresh ? 201 : 200);
  }

  async function patch(exchange: Exchange): Promise<void> {
    const { path } = await readJson(exchange);
    if (typeof path !== "string") throw new HttpError(400, "New path required for rename");
    const from = await existing(exchange);
    const to = await folder.find(path);
    if (from.apiPath === "" || to.apiPath === "") throw new HttpError(400, "the folder of this lab cannot be renamed");
    if (from.apiPath !== to.apiPath) {
      await moveTo(from, to);
      await moveCheckpoint(folder, from, to);
    }
    replyJson(exchange, await model(await folder.findExisting(to.apiPath), bare));
  }

  async function remove(exchange: Exchange): Promise<void> {
    const place = await existing(exchange);
    if (place.apiPath === "") throw new HttpError(400, "the folder of this lab cannot be deleted");
    const link = place.entry !== place.path;
    if (link || !(await stat(place.path)).isDirectory()) {
      await unlink(place.entry);
      await dropCheckpoint(folder, place);
    } else {
      await removeEmptyFolder(place);
    }
    replyEmpty(exchange);
  }

  const checkpointsOf = (name: string) => decodePart(name);
  const at = String.raw`/api/contents(?:/(.*))?`;
  return [
    ["GET", `${at}/checkpoints`, async (it) => replyJson(it, await listCheckpoints(folder, await existing(it)))],
    ["POST", `${at}/checkpoints`, async (it) => replyJson(it, await makeCheckpoint(folder, await existing(it)), 201)],
    [
      "POST",
      `${at}/checkpoints/([^/]+)`,
      async (it) => {
        await restoreCheckpoint(folder, await existing(it), checkpointsOf(it.params[1]!));
        replyEmpty(it);
      },
    ],
    [
      "DELETE",
      `${at}/checkpoints/([^/]+)`,
      async (it) => {
        await deleteCheckpoint(folder, await existing(it), checkpointsOf(it.params[1]!));
        replyEmpty(it);
      },
    ],
    [
      "POST",
      `${at}/trust`,
      async (it) => {
        const place = await existing(it);
        if (typeOf(place.name) !== "notebook") throw new HttpError(400, `${place.apiPath} is not a notebook`);
        await trustFile(signatures, place);
        replyJson(it, {}, 201);
      },
    ],
    ["GET", at, get],
    ["POST", at, post],
    ["PUT", at, put],
    ["PATCH", at, patch],
    ["DELETE", at, remove],
  ];
}

/** Refuses to delete what someone may miss: there is no trash here. */
async function removeEmptyFolder({ path, apiPath }: Place): Promise<void> {
  const left = (await readdir(path)).filter((name) => name !== ".ipynb_checkpoints");
  if (left.length > 0) {
    throw new HttpError(400, `Directory ${apiPath} not empty: delete what is in it first (${left.length} entries)`);
  }
  await rm(`${path}/.ipynb_checkpoints`, { recursive: true, force: true });
  await rmdir(path);
}

function* copyNames(stem: string, ending: string): Generator<string> {
  for (let i = 1; i < 10_000; i++) yield `${stem}-Copy${i}${ending}`;
}

/** The parts are decoded one by one: an encoded slash does not make a part of its own unnoticed, it is refused later. */
export function decodePath(encoded: string): string {
  return encoded.split("/").map(decodePart).join("/");
}

function oneOf<Value extends string>(query: URLSearchParams, name: string, values: Value[]): Value | undefined {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  if (!values.includes(value as Value)) throw new HttpError(400, `${name} "${value}" is none of: ${values.join(", ")}`);
  return value as Value;
}
