import { readFlags, splitWords } from "./arguments.ts";
import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";

const flags = { timeout: "SECONDS", all: true } as const;
/** What a variable that is not set, or an empty one, leaves on the line. */
const noId = /^(?:undefined|null|''|"")$/;
const actions = ["status", "tail", "logs", "cancel", "wait", "results"] as const;

async function openApi() {
  await openSdk();
  return (await import("../fused/api/index.ts")).api;
}

/** `%job`: looks after one batch job. */
export const job: Magic = {
  name: "job",
  kinds: ["line"],
  summary: "Looks after a batch job of the service.",
  usage: `%job ID [status | tail | logs | cancel | wait | results] [--timeout SECONDS] [--all]

  status    how far it is (default)         tail     its newest line, again and again until it ends; --all: every line
  logs      its lines so far                cancel   stops it
  wait      waits for its end               results  the values of its runs: const values = %job ID results
\nconst job = await udf.runBatch(list) starts one: %job ID is job.jobId; job.tailLogs(), job.getResults() and job.waitForJob() do\nthe same in code.`,
  completions: (before) => (before.length === 1 ? [...actions] : []),
  async run({ line, assigned }, session) {
    const { flags: given, rest } = readFlags("%job", line, flags);
    const [id, action = "status", more] = splitWords(rest);
    if (id === undefined || noId.test(id)) {
      const what = id === undefined ? "" : `, and this is ${id}`;
      throw new MagicError(`%job needs the job's id${what}: job.jobId, or %jobs, which lists your jobs.`);
    }
    if (more !== undefined) throw new MagicError(`%job ${id} ${action}: ${more} is not understood.`);
    const timeout = given["timeout"] === undefined ? undefined : Number(given["timeout"]);
    if (timeout !== undefined && !(timeout > 0)) throw new MagicError("%job: --timeout is seconds above 0.");
    return look(id, action, { timeout, all: given["all"] === true, assigned }, session);
  },
};

async function look(
  id: string,
  action: string,
  { timeout, all, assigned }: { timeout: number | undefined; all: boolean; assigned: boolean },
  session: MagicSession,
): Promise<unknown> {
  const api = await openApi();
  const file = { write: (text: string) => session.print(text) };
  if (action === "tail") return api.jobTailLogs(id, { timeout, sampleLogs: !all, file, signal: session.signal });
  if (action === "logs") return api.jobPrintLogs(id, { file });
  if (action === "results") return api.jobGetResults(id);
  if (action !== "status" && action !== "cancel" && action !== "wait") {
    throw new MagicError(`%job has ${actions.join(", ")}, not ${action}.`);
  }
  const state = await (action === "status"
    ? api.jobGetStatus(id)
    : action === "cancel"
      ? api.jobCancel(id)
      : api.jobWaitForJob(id, { timeout, pollIntervalSeconds: 2, signal: session.signal }));
  if (assigned) return state;
  session.print(`${String(state)}\n`);
  return undefined;
}

/** `%jobs`: the last ones. */
export const jobs: Magic = {
  name: "jobs",
  kinds: ["line"],
  summary: "Lists the last batch jobs of the service.",
  usage: "%jobs [N]\n\nThe newest first, 5 of them unless N says more.",
  async run({ line, assigned }, session) {
    const n = line.trim() === "" ? 5 : Number(line);
    if (!Number.isInteger(n) || n < 1) throw new MagicError(`%jobs takes a number, not ${line}.`);
    const found = await (await openApi()).getJobs(n, { perRequest: Math.min(n, 100), maxRequests: Math.ceil(n / 100) });
    if (assigned) return found;
    session.print(`${found.length === 0 ? "You have no jobs." : found.map(String).join("\n")}\n`);
    return undefined;
  },
};
