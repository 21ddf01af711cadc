import { FrameError } from "../../engine/frame.ts";
import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf, HttpError } from "../http/http-error.ts";
import type { Route, ServiceRequest, ServiceResponse } from "../http/route.ts";
import type { Caller } from "../identity/caller.ts";
import { frameHash, readUdf } from "../udfs/read-udf.ts";
import type { Tile } from "../../fused/tiles/index.ts";
import { answerRequest, resultCache } from "./answer-request.ts";
import { runnableFrame, savedUdf, type RunnableUdf } from "./known-udfs.ts";
import { readBodyQuery, readQuery, type ReadQuery } from "./read-query.ts";
import { runCounts } from "./run-realtime.ts";
import { tileInPath } from "./tile-in-path.ts";
import { answerWireRun, isWireRun } from "./wire-run.ts";

const base = "/server/v1/realtime/:client/api/v1/run/udf";

/** Runs of those who are logged in: of saved UDFs, and of code that comes with the request (fused-spec.md 18.1). */
export function realtimeRoutes(context: ServiceContext): Route[] {
  const { metrics } = context;
  metrics.gauge("fused_realtime_runs_active", "Realtime runs, waiting or computing", () => runCounts(context).active);
  metrics.gauge("fused_result_cache_bytes", "Bytes of kept results", () => resultCache(context).size);

  const answer = (request: ServiceRequest, udf: RunnableUdf, query: ReadQuery, tile: Tile | undefined) => {
    const { params, caller } = request;
    const clientId = params["client"]!;
    const asked = {
      udf,
      owner: ownerOf(caller),
      query,
      tile,
      isPublic: false,
      mayCache: true,
      mayRead: true,
      clientId,
    };
    return answerRequest(context, request, asked);
  };

  /** A saved UDF, with parameters in the query, or in a JSON body `{ parameters, format, cache_max_age }`. */
  const saved = async (request: ServiceRequest, isTile: boolean): Promise<ServiceResponse> => {
    const { params, caller } = request;
    const { udf } = await savedUdf(context, params["email"]!, params["name"]!, caller);
    if (request.method === "POST" && isWireRun(request)) return answerWireRun(context, request, ownerOf(caller), udf);
    const { tile, extension } = isTile ? tileInPath(params) : {};
    const query = readQuery(request.url.searchParams, udf.frame.parameters, extension);
    const hasBody = request.method === "POST" && request.headers["content-length"] !== "0";
    return answer(
      request,
      udf,
      hasBody ? readBodyQuery(fieldsOf(await request.json()), query, udf.frame.parameters) : query,
      tile,
    );
  };

  const adHoc = async (request: ServiceRequest, isTile: boolean): Promise<ServiceResponse> => {
    if (isWireRun(request)) return answerWireRun(context, request, ownerOf(request.caller), undefined);
    const body = fieldsOf(await request.json());
    const step = fieldsOf(
      typeof body["step_config"] === "string" ? parsed(body["step_config"]) : (body["step_config"] ?? body),
    );
    const udf = udfOf(context, step);
    const { tile, extension } = isTile ? tileInPath(request.params) : {};
    const query = readQuery(request.url.searchParams, udf.frame.parameters, extension);
    const fields = { ...body, parameters: step["parameters"] ?? body["parameters"] };
    return answer(request, udf, readBodyQuery(fields, query, udf.frame.parameters), tile);
  };

  const route = (method: "GET" | "POST", path: string, handle: Route["handle"]): Route => ({
    method,
    path: base + path,
    auth: "caller",
    cors: true,
    handle,
  });
  return [
    route("POST", "", (request) => adHoc(request, false)),
    route("POST", "/tiles/:z/:x/:y", (request) => adHoc(request, true)),
    ...(["GET", "POST"] as const).flatMap((method) => [
      route(method, "/saved/:email/:name", (request) => saved(request, false)),
      route(method, "/saved/tiles/:email/:name/:z/:x/:y", (request) => saved(request, true)),
    ]),
  ];
}

function ownerOf({ userId, teamId, email }: Caller) {
  return { userId, teamId, email };
}

/** The UDF of a request's step: a frame, or code with its headers. @throws HttpError 400, 422 */
function udfOf(context: ServiceContext, step: Record<string, unknown>): RunnableUdf {
  const { frame } = step;
  if (typeof frame === "string") {
    try {
      return runnableFrame(context, new Uint8Array(Buffer.from(frame, "base64")));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      throw new HttpError(422, "UdfLoadError", error.message);
    }
  }
  const given = fieldsOf(step["udf"] ?? step);
  const { frame: read, frameBytes } = readUdf({ name: "udf", ...given });
  return { name: read.name, frame: read, frameBytes, hash: frameHash(frameBytes) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(`step_config is not JSON: ${(error as Error).message}.`);
  }
}
