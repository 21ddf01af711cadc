import type { ServiceContext } from "../context.ts";
import { fieldsOf, HttpError, notFound } from "../http/http-error.ts";
import type { Route, ServiceRequest, ServiceResponse } from "../http/route.ts";
import type { Caller } from "../identity/caller.ts";
import type { Identity } from "../identity/open-identity.ts";
import { userWithId } from "../identity/users.ts";
import { mayEnter } from "../tokens/token-routes.ts";
import { readSessionToken } from "../tokens/session-token.ts";
import { isPasscode, sharedTokenPattern, type TokenRow } from "../tokens/token-store.ts";
import { mayRead } from "../udfs/find-udf.ts";
import { recordOf } from "../udfs/udf-record.ts";
import { answerRequest } from "./answer-request.ts";
import { sharedUdf, type RunnableUdf, type SharedUdf } from "./known-udfs.ts";
import { openApiOf } from "./open-api.ts";
import { readBodyQuery, readQuery, type ReadQuery } from "./read-query.ts";
import { tileInPath } from "./tile-in-path.ts";
import { tileJsonOf } from "./tile-json.ts";
import { answerWireRun, isWireRun } from "./wire-run.ts";

const base = "/server/v1/realtime-shared";

/** What anybody can ask who has a shared token: the UDF's value, as a file or a tile (fused-spec.md 17, 18). */
export function sharedRoutes(context: ServiceContext, identity: Identity): Route[] {
  /** The UDF of the request's token. @throws HttpError 401, 403, 404, 429 */
  const enter = async (request: ServiceRequest): Promise<SharedUdf> => {
    const token = request.params["token"]!;
    const shared = sharedTokenPattern.test(token) ? await sharedUdf(context, token) : undefined;
    if (!shared) throw notFound("such token");
    const { token: row } = shared;
    if (!row.enabled) throw new HttpError(403, "AuthError", "This token is disabled.");
    context.quotas.request(row.team_id);
    const session = request.url.searchParams.get("fused_session_token");
    if (session !== null) {
      const userId = readSessionToken(context.keys, token, session);
      if (userId === undefined)
        throw new HttpError(401, "AuthError", "This session is over: ask for another session token.");
      checkScope(shared, await userWithId(context.database, userId));
      return shared;
    }
    if (row.passcode !== null) checkPasscode(request, shared);
    if (row.access_scope !== "public") checkScope(shared, await identity.authenticate(request.headers));
    return shared;
  };

  const checkPasscode = ({ headers }: ServiceRequest, { token: row }: SharedUdf) => {
    const [, inAuthorization] = /^fused-canvas-passcode +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    // Where Authorization has a login already.
    const given = inAuthorization ?? headers["x-fused-passcode"];
    if (typeof given === "string" && isPasscode(context, row, given)) return;
    throw new HttpError(
      403,
      "AuthError",
      "This token wants a passcode, and this is not it: Authorization: fused-canvas-passcode <passcode>.",
    );
  };

  const checkScope = ({ token: row }: SharedUdf, caller: Caller | undefined) => {
    if (caller && mayEnter(row, caller)) return;
    throw new HttpError(
      403,
      "AuthError",
      `This token is for ${row.access_scope === "team" ? "the owner's team" : "its owner"}.`,
    );
  };

  const answerFile = async (request: ServiceRequest, extension?: string): Promise<ServiceResponse> => {
    const { udf, owner, token } = await enter(request);
    const query = await queryOf(request, udf, extension);
    return answerRequest(context, request, { udf, owner, query, tile: undefined, ...termsOf(token) });
  };

  const answerTile = async (request: ServiceRequest): Promise<ServiceResponse> => {
    const { udf, owner, token } = await enter(request);
    const { tile, extension } = tileInPath(request.params);
    const query = await queryOf(request, udf, extension);
    return answerRequest(context, request, { udf, owner, query, tile, ...termsOf(token) });
  };

  const get = (path: string, handle: Route["handle"]): Route => ({
    method: "GET",
    path,
    auth: "none",
    cors: true,
    handle,
  });

  return [
    get(`${base}/:token/run/file`, (request) => answerFile(request)),
    {
      method: "POST",
      path: `${base}/:token/run/file`,
      auth: "none",
      cors: true,
      async handle(request) {
        if (!isWireRun(request)) return answerFile(request);
        const { udf, owner } = await enter(request);
        return answerWireRun(context, request, owner, udf);
      },
    },
    get(`${base}/:token/run/tiles/:z/:x/:y`, answerTile),
    { ...get(`${base}/:token/run/tiles/:z/:x/:y`, answerTile), method: "POST" },
    get(`${base}/:token/tilejson.json`, async (request) => {
      const { udf, token } = await enter(request);
      const tokenUrl = `${context.url}${base}/${request.params["token"]!}`;
      return {
        headers: { "Cache-Control": "no-cache" },
        body: tileJsonOf(udf, tokenUrl, request.url.searchParams, token),
      };
    }),
    get(`${base}/:token/openapi.json`, async (request) => {
      const { udf, row, token } = await enter(request);
      const tokenUrl = `${context.url}${base}/${request.params["token"]!}`;
      return { headers: { "Cache-Control": "no-cache" }, body: openApiOf(udf, row, token, tokenUrl) };
    }),
    // The short form of the original: {token}.{ext}
    get(`${base}/:token`, async (request) => {
      const [, token, extension] = /^(fsh_[\w-]+)\.([a-z]{2,8})$/.exec(request.params["token"]!) ?? [];
      if (token === undefined) {
        await enter(request);
        throw new HttpError(
          404,
          "NotFound",
          "This is a token without what is asked of it: {token}.csv, {token}/run/file, {token}/run/tiles/{z}/{x}/{y}, " +
            "{token}/tilejson.json or {token}/openapi.json.",
        );
      }
      request.params["token"] = token;
      return answerFile(request, extension);
    }),
    {
      method: "GET",
      path: "/server/v1/udf/shared/by-token/:token",
      auth: "none",
      cors: true,
      async handle(request) {
        const { row, token } = await enter(request);
        if (!token.public_read && !mayRead(row, await identity.authenticate(request.headers))) {
          throw new HttpError(403, "AuthError", "This token lets you run the UDF, not read it.");
        }
        return { headers: { "Cache-Control": "no-cache" }, body: recordOf(row) };
      },
    },
  ];
}

/** What a token says of how its UDF is run. */
function termsOf({ access_scope, passcode, cache, public_read, client_id }: TokenRow) {
  const isPublic = access_scope === "public" && passcode === null;
  return { isPublic, mayCache: cache, mayRead: public_read, clientId: client_id ?? "basic-tier" };
}

/** Parameters and format of a request: in its query, and where it is a POST in its JSON body. @throws HttpError 400 */
async function queryOf(request: ServiceRequest, { frame }: RunnableUdf, extension?: string): Promise<ReadQuery> {
  const query = readQuery(request.url.searchParams, frame.parameters, extension);
  if (request.method !== "POST" || request.headers["content-length"] === "0") return query;
  return readBodyQuery(fieldsOf(await request.json()), query, frame.parameters);
}
