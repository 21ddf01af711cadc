import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf, HttpError, notFound } from "../http/http-error.ts";
import type { Caller } from "../identity/caller.ts";
import { sharedUdf } from "../realtime/known-udfs.ts";
import { mayEnter } from "../tokens/token-routes.ts";
import { findUdf } from "../udfs/find-udf.ts";

/** What a job runs, and in whose environment: a UDF that was shared by a token runs in its owner's. */
export interface JobUdf {
  frame: Uint8Array;
  runAs: string;
}

/** The UDF that a job names. @throws HttpError 400; 403, 404 where it is not the caller's to run */
export async function findJobUdf(context: ServiceContext, caller: Caller, named: unknown): Promise<JobUdf> {
  const { frame, token, ...names } = fieldsOf(named ?? {});
  const runAs = caller.userId;
  if (typeof frame === "string") return { frame: new Uint8Array(Buffer.from(frame, "base64")), runAs };
  if (typeof token === "string") return findShared(context, caller, token);
  const { id, email, name } = names as { id?: string; email?: string; name?: string };
  const isText = [id, email, name].every((each) => each === undefined || typeof each === "string");
  if (isText && (id !== undefined || name !== undefined)) {
    return { frame: (await findUdf(context, caller, { id, email, name })).frame, runAs };
  }
  throw badRequest('udf names what is run: { "frame": base64 }, { "id" }, { "token" } or { "name", "email"? }.');
}

async function findShared(context: ServiceContext, caller: Caller, token: string): Promise<JobUdf> {
  const shared = await sharedUdf(context, token);
  if (!shared?.token.enabled) throw notFound("such token");
  const isOwner = shared.owner.userId === caller.userId;
  if (!mayEnter(shared.token, caller) || (shared.token.passcode !== null && !isOwner)) {
    throw new HttpError(403, "AuthError", "The token's owner has not opened it to you for jobs.");
  }
  return { frame: shared.udf.frameBytes, runAs: shared.owner.userId };
}
