import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf, HttpError, notFound } from "../http/http-error.ts";
import { onlyKnown } from "../http/known-members.ts";
import { pageOf } from "../http/page.ts";
import type { Route } from "../http/route.ts";
import type { Caller } from "../identity/caller.ts";
import { forgetToken } from "../realtime/known-udfs.ts";
import { ownUdfById, udfById } from "../udfs/find-udf.ts";
import { makeSessionToken } from "./session-token.ts";
import {
  createToken,
  findToken,
  isPasscode,
  tokenRecord,
  tokensOf,
  updateToken,
  type AccessScope,
  type TokenFields,
  type TokenRow,
} from "./token-store.ts";

const usualSession = 3600;
const longestSession = 86_400;
const scopes: AccessScope[] = ["public", "team", "private"];

/** Shared tokens of UDFs (fused-spec.md 17): only a UDF's owner makes, sees and changes them. */
export function tokenRoutes(context: ServiceContext): Route[] {
  const { database, audit, keys } = context;

  const ownToken = async (token: string, caller: Caller): Promise<TokenRow> => {
    const row = await findToken(context, token);
    if (row && row.owner_id === caller.userId) return row;
    throw notFound("such token");
  };

  return [
    {
      method: "POST",
      path: "/server/v1/udf/:id/tokens",
      auth: "caller",
      async handle(request) {
        const { caller, params } = request;
        const udf = await ownUdfById(database, params["id"]!, caller);
        const fields = readFields(fieldsOf(await request.json(65_536)), {
          enabled: true,
          cache: true,
          public_read: false,
          access_scope: "public",
          client_id: null,
          metadata: null,
          passcode: null,
        });
        const record = await createToken(context, udf.id, caller.userId, fields);
        audit(caller, "token.create", udf.id, "ok", { token: `${record.token.slice(0, 8)}…` });
        return { status: 201, body: record };
      },
    },
    {
      method: "GET",
      path: "/server/v1/udf/:id/tokens",
      auth: "caller",
      async handle({ caller, params, url }) {
        const udf = await udfById(database, params["id"]!, caller);
        return { body: { tokens: await tokensOf(context, caller.userId, pageOf(url, 100), udf.id) } };
      },
    },
    {
      method: "GET",
      path: "/server/v1/token/self",
      auth: "caller",
      handle: async ({ caller, url }) => ({
        body: { tokens: await tokensOf(context, caller.userId, pageOf(url, 100)) },
      }),
    },
    {
      method: "GET",
      path: "/server/v1/token/:token",
      auth: "caller",
      handle: async ({ caller, params }) => ({
        body: tokenRecord(context, await ownToken(params["token"]!, caller)),
      }),
    },
    {
      method: "PATCH",
      path: "/server/v1/token/:token",
      auth: "caller",
      async handle(request) {
        const { caller, params } = request;
        const row = await ownToken(params["token"]!, caller);
        const { enabled, cache, public_read, access_scope, client_id, metadata } = row;
        const before = { enabled, cache, public_read, access_scope, client_id, metadata };
        const fields = readFields(fieldsOf(await request.json(65_536)), before);
        await updateToken(context, row, fields);
        forgetToken(context, params["token"]!);
        audit(caller, "token.update", row.udf_id, "ok", { token: `${params["token"]!.slice(0, 8)}…` });
        return { body: tokenRecord(context, (await findToken(context, params["token"]!))!) };
      },
    },
    {
      method: "DELETE",
      path: "/server/v1/token/:token",
      auth: "caller",
      async handle({ caller, params }) {
        const row = await ownToken(params["token"]!, caller);
        await updateToken(context, row, undefined);
        forgetToken(context, params["token"]!);
        audit(caller, "token.delete", row.udf_id, "ok", { token: `${params["token"]!.slice(0, 8)}…` });
        return { body: { deleted: true } };
      },
    },
    {
      method: "POST",
      path: "/server/v1/token/:token/session",
      auth: "caller",
      async handle(request) {
        const { caller, params } = request;
        const row = await findToken(context, params["token"]!);
        if (!row || !mayEnter(row, caller)) throw notFound("such token");
        const { ttl = usualSession, passcode } = fieldsOf(await request.json(1024));
        const isLet = row.passcode === null || row.owner_id === caller.userId;
        if (!isLet && !(typeof passcode === "string" && isPasscode(context, row, passcode))) {
          throw new HttpError(403, "AuthError", "This token wants a passcode: send it as passcode.");
        }
        if (typeof ttl !== "number" || !(ttl >= 1 && ttl <= longestSession)) {
          throw badRequest(`ttl is how long the session lasts, seconds: 1 to ${longestSession}.`);
        }
        const session = makeSessionToken(keys, params["token"]!, caller.userId, Math.floor(ttl));
        return { headers: { "Cache-Control": "no-store" }, body: { fused_session_token: session, ttl } };
      },
    },
  ];
}

/** Whether somebody who is logged in may run what a token is for. */
export function mayEnter(
  { access_scope, team_id, owner_id }: Pick<TokenRow, "access_scope" | "team_id" | "owner_id">,
  { userId, teamId }: Pick<Caller, "userId" | "teamId">,
): boolean {
  return access_scope === "public" || userId === owner_id || (access_scope === "team" && teamId === team_id);
}

/** What can be set of a token, and what of it can only be read: a client may send back what it was given. */
const settable = ["enabled", "cache", "public_read", "access_scope", "client_id", "passcode", "metadata_json"];
const readOnly = ["token", "udf_id", "udf_slug", "owner_email", "has_passcode", "created_at"];

function readFields(given: Record<string, unknown>, before: TokenFields): TokenFields {
  const writable = Object.fromEntries(Object.entries(given).filter(([name]) => !readOnly.includes(name)));
  onlyKnown(writable, settable, "A token");
  const flag = (name: "enabled" | "cache" | "public_read") => {
    const value = given[name] ?? before[name];
    if (typeof value === "boolean") return value;
    throw badRequest(`${name} is true or false.`);
  };
  const { access_scope = before.access_scope, client_id = before.client_id, passcode = before.passcode } = given;
  const metadata = given["metadata_json"] === undefined ? before.metadata : given["metadata_json"];
  if (!scopes.includes(access_scope as AccessScope)) throw badRequest(`access_scope is one of ${scopes.join(", ")}.`);
  if (client_id !== null && typeof client_id !== "string") throw badRequest("client_id is text or null.");
  if (
    passcode !== undefined &&
    passcode !== null &&
    (typeof passcode !== "string" || !/^[\x21-\x7e]{4,100}$/.test(passcode))
  ) {
    throw badRequest("passcode is 4 to 100 characters without blanks, or null.");
  }
  if (metadata !== null && (typeof metadata !== "object" || Array.isArray(metadata))) {
    throw badRequest("metadata_json is an object or null.");
  }
  return {
    enabled: flag("enabled"),
    cache: flag("cache"),
    public_read: flag("public_read"),
    access_scope: access_scope as AccessScope,
    client_id,
    passcode: passcode as string | null | undefined,
    metadata: metadata as Record<string, unknown> | null,
  };
}
