import type { IncomingMessage } from "node:http";
import { Transform, type Readable } from "node:stream";
import { badRequest, HttpError } from "./http-error.ts";

/** A body from which nothing came for so long is given up, milliseconds. */
const silence = 15_000;
/** What a body must bring on average once the first seconds are over, bytes a second: slower ones only hold a place. */
const leastRate = 1024;
const graceSeconds = 20;

const tooSlow = () =>
  new HttpError(
    408,
    "RequestTimeout",
    "The body came too slowly. Send it again, in one go.",
    {},
    { Connection: "close" },
  );

/** The body as it comes, ended with HttpError 408 where the client falls silent or drips. */
export function bodyStream(request: IncomingMessage): Readable {
  const started = performance.now();
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const watched = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer?.refresh();
      size += chunk.length;
      const seconds = (performance.now() - started) / 1000;
      if (seconds > graceSeconds && size < seconds * leastRate) return done(tooSlow());
      done(null, chunk);
    },
    destroy(error, done) {
      clearTimeout(timer);
      done(error);
    },
    flush(done) {
      clearTimeout(timer);
      done();
    },
  });
  timer = setTimeout(() => {
    // Where the reader has not taken what is there already, the silence is his.
    if (watched.readableLength > 0) timer?.refresh();
    else watched.destroy(tooSlow());
  }, silence);
  request.on("aborted", () => watched.destroy(badRequest("The client went away before its body had come.")));
  request.on("error", (error) => watched.destroy(error));
  return request.pipe(watched);
}

/** Bytes of bodies that may be in memory at a time, of all requests: one body may be large, many at once may not. */
const mostHeld = 1024 * 2 ** 20;
/** Small bodies are always taken. */
const smallBody = 2 ** 20;
let held = 0;

/**
 * The whole body.
 * @param done fires when the request is answered, and its body may be forgotten
 * @throws HttpError 408, 413; 503 where others' bodies take the memory
 */
export async function bodyBytes(
  request: IncomingMessage,
  most: number,
  done: (forget: () => void) => void,
): Promise<Buffer> {
  const tooLarge = () =>
    new HttpError(
      413,
      "BodyTooLarge",
      `The body is larger than the ${sizeText(most)} that are taken here.`,
      {},
      {
        Connection: "close",
      },
    );
  if (Number(request.headers["content-length"]) > most) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  let isOver = false;
  done(() => {
    isOver = true;
    held -= size;
  });
  for await (const chunk of bodyStream(request) as AsyncIterable<Buffer>) {
    if (size + chunk.length > most) throw tooLarge();
    if (size + chunk.length > smallBody && held + chunk.length > mostHeld) throw tooMuch();
    size += chunk.length;
    if (!isOver) held += chunk.length;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

const tooMuch = () =>
  new HttpError(
    503,
    "ServiceUnavailable",
    "Other large bodies are being taken in. Try again.",
    {},
    { "Retry-After": "1", Connection: "close" },
  );

/** The body as JSON. @throws HttpError 400, 408, 413, 503 */
export async function bodyJson(
  request: IncomingMessage,
  most: number,
  done: (forget: () => void) => void,
): Promise<unknown> {
  const text = (await bodyBytes(request, most, done)).toString("utf8");
  if (text.trim() === "") throw badRequest("The body is empty, and must be JSON: {} where there is nothing to say.");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(`The body is not JSON: ${(error as Error).message}.`);
  }
}

function sizeText(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.floor(bytes / 2 ** 20)} MiB` : `${bytes} bytes`;
}
