import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Caller } from "../identity/caller.ts";

/** One operation of the service. */
export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/server/v1/udf/by-id/:id`: `:name` is one part of the path, `*name` at the end all that is left. */
  path: string;
  /** `caller`: somebody must be logged in. `none`: anybody. */
  auth: "caller" | "none";
  /** Pages of other origins may read the answer. */
  cors?: boolean;
  handle(request: ServiceRequest): Promise<ServiceResponse>;
}

export interface ServiceRequest {
  /** Also in the answer, as `X-Fused-Request-Id`. */
  id: string;
  method: string;
  url: URL;
  /** Parts of the path by name, decoded. */
  params: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** With auth `caller` always there. */
  caller: Caller;
  /** Aborted when the client has gone away before it was answered. */
  signal: AbortSignal;
  /** The body as JSON. @throws HttpError 400, 408, 413 */
  json(mostBytes?: number): Promise<unknown>;
  /** The whole body. @throws HttpError 408, 413 */
  bytes(mostBytes?: number): Promise<Uint8Array>;
  /** The body as it comes; a client that falls silent ends it with an error. */
  stream(): Readable;
}

export interface ServiceResponse {
  /** Default 200, or 204 without a body. */
  status?: number;
  headers?: Record<string, string>;
  /** Bytes, text, a stream; any other object or list is sent as JSON. */
  body?: Uint8Array | string | Readable | object;
}
