import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import type { ServiceContext } from "../context.ts";
import { badRequest, HttpError, notFound } from "../http/http-error.ts";
import type { Caller } from "../identity/caller.ts";
import { incomingFolder, writeBody } from "./store-file.ts";

/** An upload in parts: begun, then part after part, each where the one before ended. Survives the end of either side. */
export interface Upload {
  id: string;
  path: string;
  size: number;
  received: number;
}

const partPath = (context: ServiceContext, id: string) => join(incomingFolder(context.settings), `${id}.upload`);

export async function beginUpload(
  { database }: ServiceContext,
  { teamId, userId }: Caller,
  path: string,
  size: number,
): Promise<Upload> {
  const id = randomUUID();
  await database.query(`insert into fused.uploads (id, team_id, user_id, path, size) values ($1, $2, $3, $4, $5)`, [
    id,
    teamId,
    userId,
    path,
    size,
  ]);
  return { id, path, size, received: 0 };
}

/** @throws HttpError 404 where it is not the caller's, or is over */
export async function findUpload({ database }: ServiceContext, { userId }: Caller, id: string): Promise<Upload> {
  const [upload] = await database.query<Upload>(
    `select id, path, size, received from fused.uploads where id = $1 and user_id = $2`,
    [id, userId],
  );
  if (!upload) throw notFound("such upload");
  return upload;
}

/**
 * Takes a part in.
 * @param body is opened where the part is the next one
 * @param range the header Content-Range, `bytes first-last/size`
 * @returns the upload as it is now
 * @throws HttpError 400 for a range that is none, 409 with `offset` where another one is next
 */
export async function takePart(
  context: ServiceContext,
  upload: Upload,
  range: string | undefined,
  body: () => Readable,
): Promise<Upload> {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? "");
  if (!match) throw badRequest('A part needs its place: "Content-Range: bytes first-last/size".');
  const [first, last, size] = match.slice(1).map(Number) as [number, number, number];
  if (size !== upload.size || last >= size || last < first) {
    throw badRequest(`Content-Range ${range} does not fit the ${upload.size} bytes that were announced.`);
  }
  const outOfTurn = (offset: number) =>
    new HttpError(409, "UploadOffsetError", `The next byte to come is number ${offset}.`, { offset });
  if (first !== upload.received) throw outOfTurn(upload.received);
  const file = await open(partPath(context, upload.id), first === 0 ? "w" : "r+", 0o600);
  try {
    const written = await writeBody(file, body(), first, last - first + 1);
    if (written !== last - first + 1)
      throw badRequest(`The part has ${written} bytes, not the ${last - first + 1} of its range.`);
    await file.sync();
  } finally {
    await file.close();
  }
  const [now] = await context.database.query<{ received: number }>(
    `update fused.uploads set received = $3 where id = $1 and received = $2 returning received`,
    [upload.id, first, last + 1],
  );
  if (!now) throw outOfTurn((await current(context, upload.id)) ?? 0);
  return { ...upload, received: now.received };
}

/** The whole file of an upload whose last part has come; it is out of the list from then on. @throws HttpError 400, 404 */
export async function endUpload(context: ServiceContext, upload: Upload, sha256: string | undefined): Promise<string> {
  const path = partPath(context, upload.id);
  if (upload.size === 0) await (await open(path, "w", 0o600)).close();
  if (sha256 !== undefined) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    if (hash.digest("hex") !== sha256.toLowerCase()) {
      await forget(context, upload.id);
      throw new HttpError(
        400,
        "ChecksumError",
        "The parts together have another SHA-256 than X-Fused-Content-Sha256 says. Begin again.",
      );
    }
  }
  const taken = await context.database.query(`delete from fused.uploads where id = $1 returning 1`, [upload.id]);
  if (taken.length === 0) throw notFound("such upload");
  return path;
}

async function forget(context: ServiceContext, id: string): Promise<void> {
  await context.database.query(`delete from fused.uploads where id = $1`, [id]);
  await rm(partPath(context, id), { force: true });
}

async function current({ database }: ServiceContext, id: string): Promise<number | undefined> {
  const [row] = await database.query<{ received: number }>(`select received from fused.uploads where id = $1`, [id]);
  return row?.received;
}
