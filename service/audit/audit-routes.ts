import type { ServiceContext } from "../context.ts";
import { badRequest, HttpError } from "../http/http-error.ts";
import type { Route } from "../http/route.ts";
import { isAdmin } from "../identity/is-admin.ts";

const usual = 100;
const most = 1000;

/** The team's audit log, for its admins, newest first. */
export function auditRoutes({ database, settings, audit }: ServiceContext): Route[] {
  return [
    {
      method: "GET",
      path: "/server/v1/audit",
      auth: "caller",
      async handle({ caller, url, id }) {
        if (!isAdmin(settings, caller)) {
          audit(caller, "audit.read", "audit", "refused", { request: id });
          throw new HttpError(
            403,
            "AuthError",
            "The audit log is for admins of the team (fused-kernel service --admin EMAIL).",
          );
        }
        const [limit, before] = [countOf(url, "n", usual, most), countOf(url, "before", 2 ** 31 - 1, 2 ** 31 - 1)];
        const entries = await database.query(
          `select a.id, a.at, u.email as user, a.action, a.object, a.outcome, a.detail
           from fused.audit a left join fused.users u on u.id = a.user_id
           where a.team_id = $1 and a.id < $2 order by a.id desc limit $3`,
          [caller.teamId, before, limit],
        );
        return { headers: { "Cache-Control": "no-store" }, body: { entries } };
      },
    },
  ];
}

function countOf(url: URL, name: string, usually: number, highest: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return usually;
  if (/^\d{1,10}$/.test(text) && Number(text) <= highest) return Number(text);
  throw badRequest(`${name} is a number from 0 to ${highest}.`);
}
