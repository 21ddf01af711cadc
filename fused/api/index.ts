import { accessToken, authScheme } from "../credentials/access-token.ts";
import type { RunTarget } from "../run.ts";
import { authToken, logout, whoami, withdrawAuthToken } from "./account.ts";
import * as files from "./files.ts";
import * as jobs from "./jobs.ts";
import { secretsOf } from "./remote-secrets.ts";
import { execTime, Jobs, RunResponse } from "./run-response.ts";
import { currentService, type ServiceAddress } from "./service.ts";
import { startJob, type JobConfig, type StartJobOptions } from "./start-job.ts";
import * as tokens from "./udf-access-token.ts";
import * as udfs from "./udfs.ts";
import { upload, type Uploadable } from "./upload.ts";

/**
 * What the service has beside runs (fused-spec.md 15): who is logged in, files (`fd://`), saved UDFs, tokens, jobs, secrets. All
 * give promises, which reject with AuthError, NotFoundError, QuotaError or FusedError and say what to do next.
 * @param service asked for at each call
 */
export function createApi(service: () => ServiceAddress) {
  const responseOf = (record: jobs.JobRecord) => new RunResponse(service(), record);
  return {
    /** Who is logged in. @throws AuthError */
    whoami: () => whoami(service()),
    teamInfo: async () => (await whoami(service())).team,
    /** The log-in's token; the team's environment has another, `authToken`. */
    accessToken: () => accessToken(service().baseUrl),
    authScheme,
    authToken: () => authToken(service()),
    withdrawAuthToken: () => withdrawAuthToken(service()),
    logout,

    /** Paths below a path; with `{ details: true }` what they are. */
    list: ((path: string, options?: { details?: boolean }) => files.list(service(), path, options)) as {
      (path: string, options: { details: true }): Promise<files.ListDetails[]>;
      (path: string, options?: { details?: false }): Promise<string[]>;
    },
    get: (path: string, options?: files.TransferOptions) => files.getFile(service(), path, options),
    download: (path: string, localPath: string, options?: files.TransferOptions) =>
      files.download(service(), path, localPath, options),
    upload: (data: Uploadable, remotePath: string, options?: files.TransferOptions) =>
      upload(service(), data, remotePath, options),
    delete: (path: string, options?: { maxDeletionDepth?: number | "unlimited" }) =>
      files.deleteFiles(service(), path, options),
    signUrl: (path: string, options?: { expires?: number }) => files.signUrl(service(), path, options),
    signUrlPrefix: (path: string) => files.signUrlPrefix(service(), path),

    getUdfs: (options?: udfs.GetUdfsOptions) => udfs.getUdfs(service(), options),
    /** One by its id, name, `email/name`, or a shared token that lets its code be read. */
    getUdf: (which: string) => udfs.getUdf(service(), which),
    deleteUdf: (which: string) => udfs.deleteUdf(service(), which),

    createUdfAccessToken: (...given: Tail<Parameters<typeof tokens.createUdfAccessToken>>) =>
      tokens.createUdfAccessToken(service(), ...given),
    getUdfAccessToken: (token: tokens.TokenLike) => tokens.getUdfAccessToken(service(), token),
    getUdfAccessTokens: (udfId?: string) => tokens.getUdfAccessTokens(service(), udfId),
    updateUdfAccessToken: (token: tokens.TokenLike, changes: tokens.AccessTokenOptions) =>
      tokens.updateUdfAccessToken(service(), token, changes),
    deleteUdfAccessToken: (token: tokens.TokenLike) => tokens.deleteUdfAccessToken(service(), token),

    startJob: (config: JobConfig | RunTarget, options?: StartJobOptions) => startJob(service(), config, options),
    getJobs: async (n?: number, options?: Omit<jobs.ListJobsOptions, "n">) =>
      Jobs.from((await jobs.listJobs(service(), { n, ...options })).map(responseOf)) as Jobs,
    jobGetStatus: async (job: jobs.JobLike) => responseOf(await jobs.getJob(service(), job)),
    jobCancel: async (job: jobs.JobLike) => responseOf(await jobs.cancelJob(service(), job)),
    jobGetLogs: (job: jobs.JobLike, query?: jobs.LogQuery) => jobs.getLogs(service(), job, query),
    jobPrintLogs: (job: jobs.JobLike, query?: Parameters<typeof jobs.printLogs>[2]) =>
      jobs.printLogs(service(), job, query),
    jobTailLogs: (job: jobs.JobLike, options?: jobs.TailOptions) =>
      jobs.tailLogs(service(), job, { sampleLogs: true, ...options }),
    jobGetExecTime: async (job: jobs.JobLike) => execTime(await jobs.getLogs(service(), job)),
    jobWaitForJob: async (job: jobs.JobLike, options?: jobs.WaitForJobOptions) =>
      responseOf(await jobs.waitForJob(service(), job, options)),
    jobGetResults: async (job: jobs.JobLike, options?: { returnExceptions?: boolean }) =>
      (await RunResponse.fromJobId(job, service())).getResults(options),

    /** Secrets that UDFs have where the service runs them. */
    get secrets() {
      return secretsOf(service());
    },
  };
}

type Tail<List extends unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never;

/** The API of the service that the options name. */
export const api = createApi(currentService);
