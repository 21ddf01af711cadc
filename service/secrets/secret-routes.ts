import type { ServiceContext } from "../context.ts";
import { badRequest, notFound } from "../http/http-error.ts";
import type { Route, ServiceRequest } from "../http/route.ts";
import { forgetAccess } from "../runs/run-access.ts";
import {
  checkSecretName,
  deleteSecret,
  readSecret,
  secretNames,
  writeSecret,
  type SecretOwner,
} from "./secret-store.ts";

const base = "/server/v1/secrets/self/:scope";
/** A little more than a secret may have, for the JSON around it. */
const mostBody = 512 * 1024;

/** The caller's own secrets and those of its team. A value leaves by its own address only, and is never written to a log. */
export function secretRoutes(context: ServiceContext): Route[] {
  const { database, keys, audit } = context;
  const noStore = { "Cache-Control": "no-store" };
  const objectOf = ({ scope }: SecretOwner, name: string) => `secret/${scope}/${name}`;
  return [
    {
      method: "GET",
      path: base,
      auth: "caller",
      handle: async (request) => ({ headers: noStore, body: await secretNames(database, ownerOf(request)) }),
    },
    {
      method: "GET",
      path: `${base}/:name`,
      auth: "caller",
      async handle(request) {
        const [owner, name] = [ownerOf(request), checkSecretName(request.params["name"]!)];
        const value = await readSecret(database, keys, owner, name);
        if (value === undefined) throw notFound("such secret");
        audit(request.caller, "secret.read", objectOf(owner, name), "ok", { request: request.id });
        return { headers: noStore, body: { name, value } };
      },
    },
    {
      method: "PUT",
      path: `${base}/:name`,
      auth: "caller",
      async handle(request) {
        const [owner, name] = [ownerOf(request), checkSecretName(request.params["name"]!)];
        await writeSecret(database, keys, owner, name, await valueIn(request));
        forgetAccess(context);
        audit(request.caller, "secret.write", objectOf(owner, name), "ok", { request: request.id });
        return { status: 204 };
      },
    },
    {
      method: "DELETE",
      path: `${base}/:name`,
      auth: "caller",
      async handle(request) {
        const [owner, name] = [ownerOf(request), checkSecretName(request.params["name"]!)];
        if (!(await deleteSecret(database, owner, name))) throw notFound("such secret");
        forgetAccess(context);
        audit(request.caller, "secret.delete", objectOf(owner, name), "ok", { request: request.id });
        return { status: 204 };
      },
    },
  ];
}

function ownerOf({ params, caller }: ServiceRequest): SecretOwner {
  const { scope } = params;
  if (scope === "user") return { scope, ownerId: caller.userId };
  if (scope === "team") return { scope, ownerId: caller.teamId };
  throw badRequest(`Secrets belong to a "user" or a "team", not to ${JSON.stringify(scope)}.`);
}

/** The value: the body itself, or the member `value` of a JSON body. @throws HttpError 400 */
async function valueIn(request: ServiceRequest): Promise<string> {
  if (request.headers["content-type"]?.startsWith("application/json")) {
    const body = await request.json(mostBody);
    const value = typeof body === "object" && body !== null ? (body as { value?: unknown }).value : body;
    if (typeof value === "string") return value;
    throw badRequest('The value of a secret is a text: { "value": "…" }.');
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await request.bytes(mostBody));
  } catch (error) {
    if (error instanceof TypeError) throw badRequest("The value of a secret is a text in UTF-8.");
    throw error;
  }
}
