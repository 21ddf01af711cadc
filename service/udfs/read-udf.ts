import { createHash } from "node:crypto";
import { encodeFrame } from "../../engine/frame.ts";
import type { HeaderModule, UdfFrame } from "../../engine/udf-frame.ts";
import { FusedError } from "../../fused/errors.ts";
import { languageOfText } from "../../fused/load/code-language.ts";
import { stateFromParts } from "../../fused/load/state-from-parts.ts";
import { readFolder } from "../../fused/load/udf-parts.ts";
import { zipFolder } from "../../fused/load/zip-folder.ts";
import type { UdfState } from "../../fused/udf-state.ts";
import { badRequest, HttpError } from "../http/http-error.ts";

/** What a UDF is saved as. */
export interface UdfContent {
  name: string;
  slug: string;
  code: string;
  headers: HeaderModule[];
  metadata: Record<string, unknown>;
  frame: UdfFrame;
  frameBytes: Uint8Array;
}

/** Characters of code and header modules together. */
const mostCode = 5 * 2 ** 20;
const mostHeaders = 200;
/** What a name can be, so that it can stand in an address, a file's name and a header. */
const namePattern = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,99}$/u;

/** Reads the JSON that a client saves. @throws HttpError 400, 422 */
export function readUdf(fields: Record<string, unknown>): UdfContent {
  const { name, code, headers = [], metadata = {}, slug } = fields;
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw badRequest("name is what the UDF is called: letters, digits, blanks, _ . and -, at most 100.");
  }
  if (typeof code !== "string" || code.trim() === "") throw badRequest("code is the text of the UDF.");
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw badRequest("metadata is an object.");
  }
  if (slug !== undefined && (typeof slug !== "string" || !namePattern.test(slug))) throw badRequest("slug is a name.");
  const modules = readHeaders(headers);
  const size = modules.reduce((sum, { source }) => sum + source.length, code.length);
  if (size > mostCode) throw new HttpError(413, "BodyTooLarge", `A UDF may have ${mostCode} characters of code.`);
  const parts = {
    place: name,
    language: languageOfText(code),
    code,
    codeFile: undefined,
    fallbackName: name,
    meta: undefined,
    headers: modules,
    readme: undefined,
  };
  const state = understood(() => stateFromParts(parts, undefined, textOrNone(fields["entrypoint"])));
  return contentOf(state, name, metadata as Record<string, unknown>, slug);
}

/** Reads a zip with the files of a UDF (fused-spec.md 7.2). @throws HttpError 422, also for one that unpacks to too much */
export async function readUdfZip(bytes: Uint8Array): Promise<UdfContent> {
  const state = await understood(async () => {
    const parts = await readFolder(await zipFolder(bytes, "The zip"));
    if (!parts) throw badRequest("The zip holds no UDF.");
    return stateFromParts(parts, undefined);
  });
  const { name } = state.frame;
  if (!namePattern.test(name)) throw badRequest(`The zip's UDF has the name ${JSON.stringify(name.slice(0, 100))}.`);
  return contentOf(state, name, state.frame.metadata, undefined);
}

/** What tells one version of a UDF's code from all others: the same code has the same, wherever it is saved. */
export function frameHash(frame: Uint8Array): string {
  return createHash("sha256").update(frame).digest("base64url");
}

function contentOf(state: UdfState, name: string, metadata: Record<string, unknown>, slug?: string): UdfContent {
  const frame: UdfFrame = { ...state.frame, name, metadata: { ...state.frame.metadata, ...metadata, name } };
  return {
    name,
    slug: slug ?? name.replace(/[^\p{L}\p{N}]+/gu, "_"),
    code: frame.source,
    headers: frame.headers,
    metadata: frame.metadata,
    frame,
    frameBytes: encodeFrame(frame),
  };
}

function readHeaders(headers: unknown): HeaderModule[] {
  if (!Array.isArray(headers) || headers.length > mostHeaders) {
    throw badRequest(`headers is a list of at most ${mostHeaders} modules { moduleName, source }.`);
  }
  return headers.map((header: unknown) => {
    const given = (typeof header === "object" && header !== null ? header : {}) as Record<string, unknown>;
    const moduleName = given["moduleName"] ?? given["module_name"];
    const source = given["source"] ?? given["source_code"];
    if (typeof moduleName === "string" && typeof source === "string") return { moduleName, source };
    throw badRequest("A header is { moduleName, source }.");
  });
}

function understood<T>(read: () => T): T {
  const refuse = (error: unknown): never => {
    if (error instanceof FusedError) throw new HttpError(422, error.name, error.message, { line: error.line });
    throw error;
  };
  try {
    const value = read();
    return value instanceof Promise ? (value.catch(refuse) as T) : value;
  } catch (error) {
    return refuse(error);
  }
}

const textOrNone = (value: unknown) => (typeof value === "string" ? value : undefined);
