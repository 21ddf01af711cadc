import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";

/** A request with what its route has read of it, and the means to answer. */
export interface Exchange {
  method: string;
  /** Path as it stands in the request line, still encoded: only so can it be checked for ways out of the folder. */
  path: string;
  query: URLSearchParams;
  /** What the route's pattern has caught, still encoded. */
  params: string[];
  request: IncomingMessage;
  response: ServerResponse;
}

/** Bytes of a body that a route takes where it does not say otherwise. */
const smallBody = 10e6;

/**
 * The whole body.
 * @param limit bytes
 * @throws HttpError 413 where it is larger
 */
export async function readBody({ request }: Exchange, limit = smallBody): Promise<Buffer> {
  const tooLarge = () =>
    new HttpError(413, `this is larger than the ${Math.round(limit / 1e6)} MB that are taken here at a time`);
  if (Number(request.headers["content-length"]) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // What is left of a body that is too large is for the answer to read and drop.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The body as a JSON object; empty where there is none. @throws HttpError 400, 413 */
export async function readJson(exchange: Exchange, limit?: number): Promise<Record<string, unknown>> {
  const body = await readBody(exchange, limit);
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw new HttpError(400, `Invalid JSON in body of request: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "the body must be a JSON object");
  }
  return value as Record<string, unknown>;
}

export function replyJson({ response }: Exchange, value: unknown, status = 200): void {
  reply(response, status, "application/json", JSON.stringify(value));
}

/** A value that is there as JSON already. */
export class JsonBytes {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Replies with an object whose content may be JSON already: it is not parsed again, nor copied. */
export function replyWithContent(exchange: Exchange, model: { content: unknown }): void {
  const { content, ...rest } = model;
  if (!(content instanceof JsonBytes)) return replyJson(exchange, model);
  const head = Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"content":`);
  const length = head.length + content.bytes.length + 1;
  const { response } = exchange;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": length,
    "Cache-Control": "no-store",
  });
  response.write(head);
  response.write(content.bytes);
  response.end("}");
}

export function replyHtml({ response }: Exchange, html: string, status = 200): void {
  reply(response, status, "text/html; charset=utf-8", html);
}

export function replyEmpty({ response }: Exchange): void {
  response.writeHead(204).end();
}

export function redirect({ response }: Exchange, location: string): void {
  response.writeHead(303, { Location: location, "Cache-Control": "no-store" }).end();
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "Content-Type": type, "Content-Length": bytes.length, "Cache-Control": "no-store" });
  response.end(bytes);
}

/** One part of a path, decoded. @throws HttpError 400 */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, `"${part}" is not a properly encoded address`);
  }
}

/** Path and query as they stand in the request line: `new URL` would take `..` away before anybody could refuse it. */
export function splitUrl(url: string): [path: string, search: string] {
  const at = url.indexOf("?");
  return at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}
