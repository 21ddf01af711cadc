import type { ServiceContext } from "../context.ts";
import { badRequest, fieldsOf, HttpError } from "../http/http-error.ts";
import type { Route, ServiceRequest } from "../http/route.ts";
import { findJobUdf } from "./job-udf.ts";
import { followLogs, readLogs, type LogQuery } from "./job-logs.ts";
import type { JobQueue } from "./job-queue.ts";
import { readJobRequest } from "./job-request.ts";
import { jsonResultStream, resultStream } from "./job-results.ts";
import { cancelJob, findJob, insertJob, listJobs } from "./jobs-table.ts";

const base = "/server/v1";
const mostLines = 1000;
const mostJobs = 1000;
/** Frames and lists of parameters. */
const mostBodyBytes = 256 * 2 ** 20;
/** A request for new lines is answered after so long even where there are none, milliseconds. */
const tailPatience = 20_000;

/** Batch jobs of the caller, and their logs. Of somebody else's it is not even told that they exist. */
export function jobRoutes(context: ServiceContext, queue: JobQueue): Route[] {
  const { database, keys, settings, audit } = context;
  const noStore = { "Cache-Control": "no-store" };
  const jobOf = (request: ServiceRequest) => findJob(database, request.caller, request.params["id"]!);
  return [
    {
      method: "POST",
      path: `${base}/run`,
      auth: "caller",
      async handle(request) {
        const body = fieldsOf(await request.json(mostBodyBytes));
        const udf = await findJobUdf(context, request.caller, body["udf"]);
        const asked = await readJobRequest(body, udf, settings);
        const job = await insertJob(database, queue, keys, request.caller, asked);
        audit(request.caller, "job.start", `job/${job.job_id}`, "ok", {
          request: request.id,
          udf: job.udf_name,
          runs: job.progress.total,
        });
        return { status: 201, headers: noStore, body: job };
      },
    },
    {
      method: "GET",
      path: `${base}/run/by-id/:id`,
      auth: "caller",
      handle: async (request) => ({ headers: noStore, body: await jobOf(request) }),
    },
    {
      method: "POST",
      path: `${base}/run/by-id/:id/cancel`,
      auth: "caller",
      async handle(request) {
        const { job, isCancelled } = await cancelJob(database, request.caller, request.params["id"]!);
        if (isCancelled) audit(request.caller, "job.cancel", `job/${job.job_id}`, "ok", { request: request.id });
        return { headers: noStore, body: job };
      },
    },
    {
      method: "GET",
      path: `${base}/run/by-id/:id/results`,
      auth: "caller",
      async handle(request) {
        const job = await jobOf(request);
        if (request.url.searchParams.get("format") === "json") {
          const body = await jsonResultStream(database, job.job_id, job.progress.total);
          return { headers: { ...noStore, "Content-Type": "application/json" }, body };
        }
        const headers = { ...noStore, "Content-Type": "application/vnd.msgpack" };
        return { headers, body: resultStream(database, job.job_id, job.progress.total) };
      },
    },
    {
      method: "GET",
      path: `${base}/job/self`,
      auth: "caller",
      async handle(request) {
        const [n, skip] = [numberOf(request, "n", mostJobs, 25), numberOf(request, "skip", 1e9, 0)];
        return { headers: noStore, body: { jobs: await listJobs(database, request.caller, n, skip) } };
      },
    },
    {
      method: "GET",
      path: `${base}/logs/:id`,
      auth: "caller",
      async handle(request) {
        const job = await jobOf(request);
        return { headers: noStore, body: { logs: await readLogs(database, job.job_id, queryOf(request)) } };
      },
    },
    {
      method: "GET",
      path: `${base}/logs/:id/tail`,
      auth: "caller",
      async handle(request) {
        const job = await jobOf(request);
        const query = queryOf(request);
        // Without a place to go on from: the newest lines.
        if (!request.url.searchParams.has("after")) {
          const logs = await readLogs(database, job.job_id, query, true);
          if (logs.length > 0) return { headers: noStore, body: { logs, done: job.ended_at !== null } };
        }
        const patience = context.isEnding ? 0 : tailPatience;
        return { headers: noStore, body: await followLogs(database, job.job_id, query, patience, request.signal) };
      },
    },
  ];
}

function queryOf(request: ServiceRequest): LogQuery {
  const since = request.url.searchParams.get("since_ms");
  if (since !== null && !(Number(since) >= 0 && Number(since) < 1e15)) {
    throw badRequest("since_ms is a time in milliseconds since 1970.");
  }
  return {
    after: numberOf(request, "after", 2 ** 31 - 2, 0),
    sinceMs: since === null ? undefined : Number(since),
    limit: numberOf(request, "limit", mostLines, mostLines),
  };
}

/** A number of the query. @throws HttpError 400 */
function numberOf({ url }: ServiceRequest, name: string, most: number, usual: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return usual;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= most) return value;
  throw new HttpError(400, "BadRequest", `${name} is a whole number from 0 to ${most}.`);
}
