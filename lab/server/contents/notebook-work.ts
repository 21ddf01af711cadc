import { isUtf8 } from "node:buffer";
import { HttpError } from "../http-error.ts";
import { readNotebookText, writeNotebookText } from "./notebook-file.ts";

/** What takes memory and time by the megabyte, and is done in a thread of its own where there are many. */
export type Work =
  | {
      /** From a notebook's file to the JSON that the front end gets. */
      kind: "open";
      bytes: Uint8Array;
      name: string;
      trusted: boolean;
    }
  | {
      /** From the body of a request that saves to the file's bytes. */
      kind: "save";
      bytes: Uint8Array;
      name: string;
    };

export interface WorkDone {
  /** JSON of the content, or a file; empty for a folder. */
  bytes: Uint8Array;
  /** Of what is saved: what the front end said of it. */
  type: string;
  chunk: unknown;
  /** The front end vouches for every output that could run a script. */
  trusted: boolean;
}

/** @throws HttpError 400 for what cannot be understood */
export function doWork(work: Work): WorkDone {
  if (work.kind === "open") {
    if (!isUtf8(work.bytes)) throw new HttpError(400, `${work.name} is not UTF-8 encoded`, { reason: "bad format" });
    const notebook = readNotebookText(
      Buffer.from(work.bytes.buffer, work.bytes.byteOffset, work.bytes.length).toString(),
      work.name,
      work.trusted,
    );
    return { bytes: Buffer.from(JSON.stringify(notebook)), type: "notebook", chunk: undefined, trusted: work.trusted };
  }
  const request = parseBody(work.bytes);
  const { type, chunk } = request;
  if (type === "notebook") {
    const { text, trusted } = writeNotebookText(request.content as Record<string, unknown>, work.name);
    return { bytes: Buffer.from(text), type, chunk, trusted };
  }
  const bytes = type === "file" ? bytesOf(request) : new Uint8Array();
  return { bytes, type: String(type), chunk, trusted: false };
}

function parseBody(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch (error) {
    throw new HttpError(400, `Invalid JSON in body of request: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "the body must be a JSON object");
  }
  return value as Record<string, unknown>;
}

function bytesOf({ format, content }: Record<string, unknown>): Buffer {
  if (typeof content !== "string") throw new HttpError(400, "No file content provided");
  if (format === "text" || format === undefined || format === null) return Buffer.from(content);
  if (format !== "base64") throw new HttpError(400, "Must specify format of file contents as 'text' or 'base64'");
  if (!/^[\w+/=\s-]*$/.test(content.slice(0, 1000))) throw new HttpError(400, "the content is not base64");
  return Buffer.from(content, "base64");
}
