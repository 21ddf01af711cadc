import { rm } from "node:fs/promises";
import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf, HttpError, notFound } from "../http/http-error.ts";
import type { Route, ServiceRequest, ServiceResponse } from "../http/route.ts";
import { deleteFiles } from "./delete-files.ts";
import { addStoredBytes, checkStoredBytes } from "./file-usage.ts";
import { filesBelow, listFiles } from "./list-files.ts";
import { serveFile } from "./serve-file.ts";
import {
  checkRunFiles,
  checkSignedFile,
  defaultSeconds,
  mostSeconds,
  runRoutePath,
  signedFileUrl,
  signedRoutePath,
} from "./signed-url.ts";
import { putInPlace, takeBody } from "./store-file.ts";
import { placeOf, teamFolder, teamPath, teamUrl } from "./team-path.ts";
import { beginUpload, endUpload, findUpload, takePart } from "./uploads.ts";

const base = "/server/v1/files";
/** Of one body; larger files come in parts. */
const mostBodyBytes = 64 * 2 ** 20;
const mostFileBytes = 1024 ** 4;
const mostSigned = 10_000;
const usualDepth = 3;

/** Files of the caller's team: `fd://`. */
export function fileRoutes(context: ServiceContext): Route[] {
  const { settings, keys, url, audit } = context;
  const folderOf = (request: ServiceRequest) => teamFolder(settings, request.caller.teamId);
  const pathOf = (request: ServiceRequest) => teamPath(request.url.searchParams.get("path"));
  const sign = (request: ServiceRequest, parts: string[]) =>
    signedFileUrl(keys, url, request.caller.teamId, parts.join("/"), secondsOf(request));
  const noStore = { "Cache-Control": "no-store" };

  return [
    {
      method: "GET",
      path: `${base}/list`,
      auth: "caller",
      handle: async (request) => ({
        headers: noStore,
        body: (await listFiles(folderOf(request), pathOf(request))).map((each) => each.url),
      }),
    },
    {
      method: "GET",
      path: `${base}/list-details`,
      auth: "caller",
      handle: async (request) => ({ headers: noStore, body: await listFiles(folderOf(request), pathOf(request)) }),
    },
    {
      method: "GET",
      path: `${base}/get`,
      auth: "caller",
      async handle(request) {
        const parts = pathOf(request);
        const { stats } = placeOf(folderOf(request), parts);
        if (!stats) throw notFound(`file ${teamUrl(parts)}`);
        if (stats.isDirectory()) {
          throw new HttpError(
            422,
            "FilePathError",
            `${teamUrl(parts, true)} is a folder. List it, or name a file in it.`,
          );
        }
        return { status: 307, headers: { ...noStore, Location: sign(request, parts) } };
      },
    },
    {
      method: "GET",
      path: `${base}/sign`,
      auth: "caller",
      handle: async (request) => ({ headers: noStore, body: { url: sign(request, fileParts(pathOf(request))) } }),
    },
    {
      method: "GET",
      path: `${base}/sign-prefix`,
      auth: "caller",
      async handle(request) {
        const files = await filesBelow(folderOf(request), pathOf(request), mostSigned);
        const body = Object.fromEntries(files.map((parts) => [teamUrl(parts), sign(request, parts)]));
        return { headers: noStore, body };
      },
    },
    {
      method: "PUT",
      path: `${base}/upload`,
      auth: "caller",
      async handle(request) {
        refuseEncoding(request);
        const id = request.url.searchParams.get("upload_id");
        return id === null ? takeWhole(request) : takeNext(request, id);
      },
    },
    {
      method: "POST",
      path: `${base}/upload/start`,
      auth: "caller",
      async handle(request) {
        const { path, size } = fieldsOf(await request.json());
        const parts = fileParts(teamPath(typeof path === "string" ? path : null));
        if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > mostFileBytes) {
          throw badRequest(`size is the number of bytes of the file, at most ${mostFileBytes}.`);
        }
        await checkStoredBytes(context, request.caller.teamId, size);
        const upload = await beginUpload(context, request.caller, parts.join("/"), size);
        return { body: { upload_id: upload.id, offset: 0 } };
      },
    },
    {
      method: "GET",
      path: `${base}/upload/:id`,
      auth: "caller",
      async handle(request) {
        const { received, size } = await findUpload(context, request.caller, request.params["id"]!);
        return { headers: noStore, body: { offset: received, size } };
      },
    },
    {
      method: "DELETE",
      path: `${base}/delete`,
      auth: "caller",
      async handle(request) {
        const parts = pathOf(request);
        const { teamId } = request.caller;
        const freed = await deleteFiles(folderOf(request), parts, depthOf(request));
        if (freed !== undefined) {
          await addStoredBytes(context, teamId, -freed);
          audit(request.caller, "file.delete", teamUrl(parts), "ok", { request: request.id });
        }
        return { body: { deleted: freed !== undefined } };
      },
    },
    {
      method: "GET",
      path: signedRoutePath,
      auth: "none",
      cors: true,
      async handle(request) {
        const { team, path } = request.params as { team: string; path: string };
        checkSignedFile(keys, team, path, request.url.searchParams);
        return serveFile(request, placeOf(teamFolder(settings, team), teamPath(path)).absolute);
      },
    },
    {
      method: "GET",
      path: runRoutePath,
      auth: "none",
      async handle(request) {
        checkRunFiles(keys, request.params);
        const { team, path } = request.params as { team: string; path: string };
        return serveFile(request, placeOf(teamFolder(settings, team), teamPath(path)).absolute);
      },
    },
  ];

  async function takeWhole(request: ServiceRequest): Promise<ServiceResponse> {
    const parts = fileParts(pathOf(request));
    const { teamId } = request.caller;
    await checkStoredBytes(context, teamId, Number(request.headers["content-length"]) || 0);
    const { path, size } = await takeBody(settings, request.stream(), mostBodyBytes, digestOf(request));
    return place(request, path, parts, size);
  }

  async function takeNext(request: ServiceRequest, id: string): Promise<ServiceResponse> {
    const upload = await findUpload(context, request.caller, id);
    // With all bytes there, which is so from the start for an empty file, the request only ends it.
    const isWhole = upload.received === upload.size;
    const range = request.headers["content-range"];
    const now = isWhole ? upload : await takePart(context, upload, range, () => request.stream());
    if (now.received < now.size) return { body: { offset: now.received } };
    return place(request, await endUpload(context, now, digestOf(request)), teamPath(now.path), now.size);
  }

  async function place(request: ServiceRequest, path: string, parts: string[], size: number): Promise<ServiceResponse> {
    const { teamId } = request.caller;
    try {
      // Several may have come in at once since the first look.
      await checkStoredBytes(context, teamId, size);
      const before = await putInPlace(path, folderOf(request), parts);
      await addStoredBytes(context, teamId, size - before);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    audit(request.caller, "file.write", teamUrl(parts), "ok", { request: request.id, size });
    return { body: { url: teamUrl(parts), size, done: true } };
  }
}

function fileParts(parts: string[]): string[] {
  if (parts.length > 0) return parts;
  throw new HttpError(422, "FilePathError", "fd:// is the folder itself. Name a file in it.");
}

function digestOf({ headers }: ServiceRequest): string | undefined {
  const given = headers["x-fused-content-sha256"];
  if (given === undefined) return undefined;
  if (typeof given === "string" && /^[0-9a-f]{64}$/i.test(given)) return given;
  throw badRequest("X-Fused-Content-Sha256 is the SHA-256 of the file in 64 hexadecimal digits.");
}

/** What is packed is stored as it comes, so that its size is what was counted. */
function refuseEncoding({ headers }: ServiceRequest): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return;
  throw new HttpError(
    415,
    "UnsupportedEncoding",
    `Content-Encoding ${encoding} is not unpacked here. Send the file as it is.`,
  );
}

function secondsOf({ url }: ServiceRequest): number {
  const text = url.searchParams.get("expires");
  if (text === null) return defaultSeconds;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= mostSeconds) return seconds;
  throw badRequest(`expires is a number of seconds from 1 to ${mostSeconds}.`);
}

function depthOf({ url }: ServiceRequest): number {
  const text = url.searchParams.get("max_deletion_depth");
  if (text === null) return usualDepth;
  if (text === "unlimited") return Infinity;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw badRequest('max_deletion_depth is a number of levels, or "unlimited".');
}
