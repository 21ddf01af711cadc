import type { EncodedValue } from "../../engine/values/encoded-value.ts";
import { UdfParameterError } from "../../fused/errors.ts";
import { coerceParameters } from "../../fused/coerce.ts";
import { fillTileParameter, takeTileArgument } from "../../fused/tile-arguments.ts";
import { FormatError } from "../../fused/formats/index.ts";
import { usualAges } from "../../fused/cache/usual-age.ts";
import { ageInSeconds } from "../../fused/cache-age.ts";
import { nearestName } from "../../fused/nearest-name.ts";
import type { Tile } from "../../fused/tiles/index.ts";
import type { ServiceContext } from "../context.ts";
import { badRequest, HttpError } from "../http/http-error.ts";
import type { ServiceRequest, ServiceResponse } from "../http/route.ts";
import type { RunOwner } from "../runs/run-access.ts";
import { answerOutcome } from "./answer-outcome.ts";
import { errorTile } from "./error-tile.ts";
import type { RunnableUdf } from "./known-udfs.ts";
import { isLarge } from "./large-value.ts";
import { formatsToTry, wantsPicture, type ReadQuery } from "./read-query.ts";
import { ResultCache, type KeptAnswer } from "./result-cache.ts";
import { runRealtime } from "./run-realtime.ts";

/** A run that a request asks for. */
export interface AskedRun {
  udf: RunnableUdf;
  owner: RunOwner;
  query: ReadQuery;
  /** The tile of a tile run. */
  tile: Tile | undefined;
  /** Anybody who has the address gets the answer, so caches on the way may keep it. */
  isPublic: boolean;
  /** False: the token serves no kept results. */
  mayCache: boolean;
  /** Whether who asks may read the UDF: else errors show nothing of its source. */
  mayRead: boolean;
  clientId: string;
}

const caches = new WeakMap<ServiceContext, ResultCache>();

/** The results that realtime runs of this replica have kept. */
export function resultCache(context: ServiceContext): ResultCache {
  let cache = caches.get(context);
  if (!cache) caches.set(context, (cache = new ResultCache(context.settings.resultCacheBytes)));
  return cache;
}

const usualAge = ageInSeconds(usualAges.run);

/** Answers a request for a UDF's value in a format, from what is kept or by a run. @throws HttpError */
export async function answerRequest(
  context: ServiceContext,
  request: ServiceRequest,
  asked: AskedRun,
): Promise<ServiceResponse> {
  const { query, udf, tile } = asked;
  const formats = formatsToTry(query, request.headers.accept, tile !== undefined);
  try {
    return respond(request, asked, await find(context, request, asked, formats));
  } catch (error) {
    const refusal = withIgnored(parameterError(error), asked);
    const known = asked.mayRead ? refusal : withoutSource(refusal);
    if (!query.errorTile || !tile || !(known instanceof HttpError) || !wantsPicture(formats)) throw known;
    const picture = await errorTile(`${udf.name}: ${known.message.split("\n", 1)[0]}`);
    return {
      headers: { "Content-Type": "image/png", "Cache-Control": "no-store", "X-Fused-Error": known.type },
      body: picture,
    };
  }
}

function find(
  context: ServiceContext,
  request: ServiceRequest,
  asked: AskedRun,
  formats: readonly string[],
): Promise<KeptAnswer> | KeptAnswer {
  const { udf, owner, tile, query } = asked;
  const cache = resultCache(context);
  const { given } = query;
  const place = tile ? `${tile.z}/${tile.x}/${tile.y}` : "";
  const key = `${udf.hash} ${owner.userId} ${owner.teamId} ${place} ${formats.join()} ${textOf(given)}`;
  const isKept = isCached(request, asked);
  const age = ageOf(asked);
  const kept = isKept ? cache.find(key, age) : undefined;
  if (kept) return kept;
  const work = (signal: AbortSignal) => run(context, request, asked, formats, signal);
  if (!isKept) return work(request.signal);
  return cache.compute(key, request.signal, work, ({ status }) => age > 0 && status >= 200 && status < 300);
}

function textOf(given: Record<string, unknown>): string {
  try {
    return JSON.stringify(given);
  } catch {
    throw badRequest("The parameters are nested too deeply.");
  }
}

async function run(
  context: ServiceContext,
  request: ServiceRequest,
  { udf, owner, query, tile, clientId }: AskedRun,
  formats: readonly string[],
  signal: AbortSignal,
): Promise<KeptAnswer> {
  const { frame, frameBytes } = udf;
  const parameters = parametersOf(udf, query.given, tile);
  const facts = readsHeaders(udf) ? { headers: told(request), clientId } : {};
  const depth = depthOf(request);
  const decodes = (encoded: EncodedValue) => !isLarge(encoded, formats);
  const asked = { frame: frameBytes, parameters, depth, ...facts };
  const outcome = await runRealtime(context, owner, asked, { signal, decodes });
  const { teamId } = owner;
  return answerOutcome(outcome, { frame, parameters, formats, tile, signal, teamId }, context.answerThreads);
}

/** The values of a run's parameters, of the types that the UDF declares. @throws UdfParameterError */
function parametersOf(
  { frame }: RunnableUdf,
  given: Record<string, unknown>,
  tile: Tile | undefined,
): Record<string, unknown> {
  const { name: udfName, parameters: schema } = frame;
  const options = { udfName, unknown: "ignore" } as const;
  const place = tile
    ? { argument: { kind: "tile", tile } as const, zoom: undefined, parameters: given }
    : takeTileArgument(schema, given, udfName);
  if (!place.argument) return coerceParameters(schema, place.parameters, options);
  const runs = fillTileParameter(schema, place.argument, { zoom: place.zoom, udfName });
  if (runs.values.length !== 1) {
    throw new UdfParameterError(
      `${udfName} runs for one tile, and this place is covered by ${runs.values.length}: ask for them one by one at …/run/tiles/{z}/{x}/{y}.`,
      { udfName, parameter: runs.parameter },
    );
  }
  return coerceParameters(schema, { ...place.parameters, [runs.parameter]: runs.values[0] }, options);
}

function isCached({ headers }: ServiceRequest, { query, mayCache, udf }: AskedRun): boolean {
  const disabled = headers["x-fused-cache-disable"];
  const isDisabled = typeof disabled === "string" && !/^(false|0|)$/i.test(disabled);
  return mayCache && query.cache && !isDisabled && !readsHeaders(udf);
}

function ageOf({ query, udf }: AskedRun): number {
  return query.cacheMaxAge ?? udf.cacheMaxAge ?? usualAge;
}

/** How many runs stand above this one, where it is a UDF that asks: the engine says so. */
function depthOf({ headers }: ServiceRequest): number {
  const depth = Number(headers["x-fused-recursion"] ?? 0);
  return Number.isInteger(depth) && depth > 0 ? Math.min(depth, 100) : 0;
}

/** Whether a UDF looks at the request's headers: what it gives then depends on more than its parameters. */
function readsHeaders({ frame }: RunnableUdf): boolean {
  const texts = [frame.source, ...frame.headers.map(({ source }) => source)];
  return texts.some((text) => /\bcontext\b/.test(text) && /header|ClientId/i.test(text));
}

/** The request's headers without what lets somebody in. */
function told({ headers }: ServiceRequest): Record<string, string> {
  const secret = /^(authorization|cookie|proxy-authorization)$/;
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (secret.test(name) ? [] : [[name, String(value)]])),
  );
}

/**
 * The answer with what caches need to know. Where an age was named they may keep it for the rest of it; else they ask each
 * time, and are told at once that nothing has changed, or get what a new version of the UDF gives.
 */
function respond(request: ServiceRequest, asked: AskedRun, answer: KeptAnswer): ServiceResponse {
  const { etag, status, bytes, made } = answer;
  const headers: Record<string, string> = { ...answer.headers, ...ignoredHeader(asked), ETag: etag };
  if (!isCached(request, asked)) headers["Cache-Control"] ??= "no-store";
  else {
    const age = asked.query.cacheMaxAge ?? asked.udf.cacheMaxAge;
    const scope = asked.isPublic ? "public" : "private";
    const left = age === undefined ? 0 : Math.max(0, Math.floor(age - (Date.now() - made) / 1000));
    headers["Cache-Control"] ??= left > 0 ? `${scope}, max-age=${left}` : `${scope}, no-cache`;
  }
  headers["Vary"] = asked.isPublic ? "Accept" : "Accept, Authorization";
  if (status === 200 && matches(request.headers["if-none-match"], etag)) {
    delete headers["Content-Type"];
    return { status: 304, headers };
  }
  return { status, headers, body: bytes };
}

/** Names that came with the request and mean nothing to the UDF, so that what was misspelt does not pass unseen. */
function ignoredHeader({ query: { ignored } }: AskedRun): Record<string, string> {
  if (ignored.length === 0) return {};
  const names = ignored.slice(0, mostTold).map((name) => encodeURIComponent(name.toWellFormed().slice(0, longestTold)));
  return { "X-Fused-Ignored-Parameters": names.join(", ") };
}

const mostTold = 20;
const longestTold = 60;

/** An error of a request whose parameters may have other names than was thought. */
function withIgnored(error: unknown, asked: AskedRun): unknown {
  const { ignored } = asked.query;
  if (ignored.length === 0 || !(error instanceof HttpError)) return error;
  const names = ignored.slice(0, mostTold).map((name) => name.slice(0, longestTold));
  const hints = names.flatMap((name) => {
    const meant = nearestName(
      name,
      asked.udf.frame.parameters.parameters.map((each) => each.name),
    );
    return meant === undefined ? [] : [`${name} is no parameter of ${asked.udf.name}: did you mean ${meant}?`];
  });
  const isAbout = error.type === "UdfParameterError" && hints.length > 0;
  const message = isAbout ? `${error.message} ${hints[0]}` : error.message;
  const headers = { ...error.headers, ...ignoredHeader(asked) };
  return new HttpError(error.status, error.type, message, { ...error.fields, ignored_parameters: names }, headers);
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((each) => ["*", etag].includes(each.trim().replace(/^W\//, "")));
}

/** An error of a UDF without the lines of its source. */
function withoutSource(error: unknown): unknown {
  if (!(error instanceof HttpError) || typeof error.fields["frame"] !== "string") return error;
  const { frame, ...fields } = error.fields;
  const message = error.message.replace(`:\n${String(frame)}`, "");
  return new HttpError(error.status, error.type, message, fields, error.headers);
}

function parameterError(error: unknown): unknown {
  if (error instanceof FormatError) return new HttpError(422, "FormatError", error.message, { formats: error.formats });
  if (!(error instanceof UdfParameterError)) return error;
  const { parameter, declaredType, line, column } = error;
  return new HttpError(422, error.name, error.message, { parameter, declared_type: declaredType, line, column });
}
