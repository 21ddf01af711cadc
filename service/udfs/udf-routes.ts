import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf } from "../http/http-error.ts";
import { pageOf } from "../http/page.ts";
import type { Route, ServiceRequest, ServiceResponse } from "../http/route.ts";
import { forgetUdf } from "../realtime/known-udfs.ts";
import { ownUdfById, udfById, udfByName } from "./find-udf.ts";
import { listUdfs, versionsOf, type Whose } from "./list-udfs.ts";
import { readUdf, readUdfZip, type UdfContent } from "./read-udf.ts";
import { saveNew, saveVersion } from "./save-udf.ts";
import { recordOf, type UdfRow, type Visibility } from "./udf-record.ts";

const most = 16 * 2 ** 20;

/** Saved UDFs: lists, reading, saving, versions, deleting. */
export function udfRoutes(context: ServiceContext): Route[] {
  const { database, audit } = context;

  const list = (whose: Whose): Route => ({
    method: "GET",
    path: `/server/v1/udf/${whose}`,
    auth: "caller",
    async handle({ caller, url }) {
      const rows = await listUdfs(database, whose, caller, pageOf(url));
      return { body: { udfs: rows.map((row) => recordOf(row)) } };
    },
  });

  return [
    ...(["self", "team", "public", "community"] as const).map(list),
    {
      method: "GET",
      path: "/server/v1/udf/by-id/:id",
      auth: "caller",
      handle: async ({ params, caller, url }) =>
        withVersion(await udfById(database, params["id"]!, caller, versionIn(url.searchParams.get("version")))),
    },
    {
      method: "GET",
      path: "/server/v1/udf/by-name/:email/:name",
      auth: "caller",
      handle: async ({ params, caller }) =>
        withVersion(await udfByName(database, params["email"]!, params["name"]!, caller)),
    },
    {
      method: "GET",
      path: "/server/v1/udf/:id/versions",
      auth: "caller",
      async handle({ params, caller }) {
        const { id } = await udfById(database, params["id"]!, caller);
        return { body: { versions: await versionsOf(database, id) } };
      },
    },
    {
      method: "POST",
      path: "/server/v1/udf/new",
      auth: "caller",
      async handle(request) {
        const { caller } = request;
        const { content, visibility } = await readBody(request);
        const row = await saveNew(database, caller, content, visibility ?? "team");
        audit(caller, "udf.create", row.id, "ok", { name: row.name });
        return withVersion(row, 201);
      },
    },
    {
      method: "PUT",
      path: "/server/v1/udf/by-id/:id",
      auth: "caller",
      async handle(request) {
        const { caller, params } = request;
        const before = await ownUdfById(database, params["id"]!, caller);
        const expected = versionIn(request.headers["if-match"]);
        const { content, visibility } = await readBody(request, before.name);
        const row = await saveVersion(database, caller, before.id, content, visibility, expected);
        forgetUdf(context);
        audit(caller, "udf.save", row.id, "ok", { version: row.version });
        return withVersion(row);
      },
    },
    {
      method: "DELETE",
      path: "/server/v1/udf/by-id/:id",
      auth: "caller",
      async handle({ caller, params }) {
        const row = await ownUdfById(database, params["id"]!, caller);
        await database.query("delete from fused.udfs where id = $1", [row.id]);
        forgetUdf(context);
        audit(caller, "udf.delete", row.id, "ok", { name: row.name });
        return { body: { deleted: true } };
      },
    },
  ];
}

function withVersion(row: UdfRow, status = 200): ServiceResponse {
  return { status, headers: { ETag: `"${row.version}"`, "Cache-Control": "no-cache" }, body: recordOf(row) };
}

/** A version as `If-Match` or a query has it. */
function versionIn(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text === "*") return undefined;
  const version = Number(text.replace(/^W\/|"/g, ""));
  if (Number.isInteger(version) && version > 0 && version < 2 ** 31) return version;
  throw badRequest(`${text.slice(0, 40)} is no version: it is a whole number from 1.`);
}

/** A UDF as JSON, or as a zip with its files. */
async function readBody(
  request: ServiceRequest,
  usualName?: string,
): Promise<{ content: UdfContent; visibility: Visibility | undefined }> {
  if (/^application\/(zip|x-zip-compressed)\b/.test(request.headers["content-type"] ?? "")) {
    return { content: await readUdfZip(await request.bytes(most)), visibility: undefined };
  }
  const fields = fieldsOf(await request.json(most));
  return { content: readUdf({ name: usualName, ...fields }), visibility: visibilityIn(fields) };
}

function visibilityIn(fields: Record<string, unknown>): Visibility | undefined {
  const { visibility, public: isPublic, team } = fields;
  if (visibility === "private" || visibility === "team" || visibility === "public") return visibility;
  if (visibility !== undefined) throw badRequest('visibility is "private", "team" or "public".');
  if (isPublic === true) return "public";
  if (team === false) return "private";
  return isPublic === false || team === true ? "team" : undefined;
}
