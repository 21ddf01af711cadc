import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ServiceResponse } from "./route.ts";

/** A client that takes nothing of its answer for so long is given up, milliseconds. */
const patience = 30_000;
/** Text from this size on is compressed for those who take it, bytes. */
const worthCompressing = 1400;
const compressible = /^(text\/|application\/(json|geo\+json|xml|vnd\.oai|vnd\.mapbox-vector-tile|javascript))|\+json/;

const compress = promisify(gzip);

/** Sends an answer; HEAD gets its headers alone. Resolves when it is sent, or the client gone. */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body }: ServiceResponse,
  more: Record<string, string>,
): Promise<void> {
  const given = { ...more, ...headers };
  if (body instanceof Readable) {
    response.writeHead(status ?? 200, given);
    return sendStream(request, response, body);
  }
  let bytes: Uint8Array | undefined;
  if (typeof body === "string") {
    given["Content-Type"] ??= "text/plain; charset=utf-8";
    bytes = Buffer.from(body);
  } else if (body instanceof Uint8Array) {
    bytes = body;
  } else if (body !== undefined) {
    given["Content-Type"] ??= "application/json";
    bytes = Buffer.from(JSON.stringify(body));
  }
  const code = status ?? (bytes ? 200 : 204);
  if (!bytes) {
    response.writeHead(code, given).end();
    return;
  }
  if (bytes.length >= worthCompressing && compressible.test(given["Content-Type"] ?? "")) {
    given["Vary"] = given["Vary"] ? `${given["Vary"]}, Accept-Encoding` : "Accept-Encoding";
    if (given["Content-Encoding"] === undefined && takesGzip(request)) {
      bytes = await compress(bytes, { level: 4 });
      given["Content-Encoding"] = "gzip";
    }
  }
  // Who answers HEAD may say the length of what GET would bring.
  if (request.method !== "HEAD" || given["Content-Length"] === undefined)
    given["Content-Length"] = String(bytes.length);
  response.writeHead(code, given);
  if (request.method === "HEAD") response.end();
  else response.end(bytes);
  if (response.writableLength > 0) watchReader(request, response);
}

function takesGzip(request: IncomingMessage): boolean {
  const accept = request.headers["accept-encoding"];
  return accept !== undefined && /(^|,)\s*(gzip|\*)\s*(?!;\s*q=0(\.0+)?\s*(,|$))/i.test(accept);
}

async function sendStream(request: IncomingMessage, response: ServerResponse, body: Readable): Promise<void> {
  if (request.method === "HEAD") {
    body.destroy();
    response.end();
    return;
  }
  watchReader(request, response);
  // A client that leaves ends the pipeline with an error that is nobody's mistake.
  await pipeline(body, response).catch(() => response.destroy());
}

/** Gives up a reader that takes nothing. */
function watchReader({ socket }: IncomingMessage, response: ServerResponse): void {
  const giveUp = () => socket.destroy();
  socket.setTimeout(patience, giveUp);
  // By then Node has set its own timeout for a connection that stays.
  response.once("close", () => socket.off("timeout", giveUp));
}
