import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf } from "../http/http-error.ts";
import type { Caller } from "../identity/caller.ts";

/** The frame of the UDF that a job names. @throws HttpError 400; 404 where it is not the caller's to run */
export async function frameOfUdf(_context: ServiceContext, _caller: Caller, udf: unknown): Promise<Uint8Array> {
  const { frame } = fieldsOf(udf ?? {});
  if (typeof frame === "string") return new Uint8Array(Buffer.from(frame, "base64"));
  throw badRequest('udf names what is run: { "frame": base64 }, { "id" }, { "token" } or { "name", "email"? }.');
}
