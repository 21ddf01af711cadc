import { environmentToken, howToLogIn, savedCredentials } from "../credentials/access-token.ts";
import { AuthError } from "../errors.ts";
import { readOptions } from "../option-names.ts";
import { options } from "../options.ts";
import { createApi } from "./index.ts";
import type { JobLike, TailOptions } from "./jobs.ts";
import { addressOf, type ServiceAddress } from "./service.ts";

export interface FusedApiOptions {
  /** Default: the options'. */
  baseUrl?: string;
  /** Default: below `baseUrl`. */
  sharedUdfBaseUrl?: string;
  /** Make this service the one of `fused.api` and of runs as well. Default true. */
  setGlobalApi?: boolean;
  /** False: that nobody is logged in is told at the first request that needs it. Default true. */
  credentialsNeeded?: boolean;
}

type Api = ReturnType<typeof createApi>;

/** A connection to one service, with the methods of `fused.api` under their names there and the class's own (fused-spec.md 15.2). */
// oxlint-disable-next-line no-unsafe-declaration-merging
export interface FusedAPI extends Api {}

// oxlint-disable-next-line no-unsafe-declaration-merging
export class FusedAPI {
  readonly baseUrl: string;
  readonly sharedUdfBaseUrl: string;

  /** @throws AuthError where nobody is logged in to the service, unless `credentialsNeeded` is false */
  constructor(given?: FusedApiOptions) {
    const names = ["baseUrl", "sharedUdfBaseUrl", "setGlobalApi", "credentialsNeeded"] as const;
    const read = readOptions<FusedApiOptions>(given, names, "fused.FusedAPI");
    const { setGlobalApi = true, credentialsNeeded = true } = read;
    const address: ServiceAddress = addressOf(read.baseUrl ?? options.baseUrl, read.sharedUdfBaseUrl);
    if (credentialsNeeded && !environmentToken(address.baseUrl) && !savedCredentials(address.baseUrl)) {
      throw new AuthError(
        `Nobody is logged in to ${address.baseUrl}. ${howToLogIn} Or pass { credentialsNeeded: false }.`,
      );
    }
    this.baseUrl = address.baseUrl;
    this.sharedUdfBaseUrl = address.sharedUdfBaseUrl;
    if (setGlobalApi) {
      if (read.baseUrl !== undefined) options.baseUrl = read.baseUrl;
      if (read.sharedUdfBaseUrl !== undefined) options.sharedUdfBaseUrl = read.sharedUdfBaseUrl;
    }
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(createApi(() => address)));
  }

  getStatus(job: JobLike) {
    return this.jobGetStatus(job);
  }
  getLogs(job: JobLike, sinceMs?: number) {
    return this.jobGetLogs(job, { sinceMs });
  }
  /** Unlike `fused.api.jobTailLogs` it prints every line, unless `sampleLogs` says otherwise. */
  tailLogs(job: JobLike, tail: TailOptions = {}) {
    return this.jobTailLogs(job, { sampleLogs: false, ...tail });
  }
  waitForJob(job: JobLike, wait?: Parameters<Api["jobWaitForJob"]>[1]) {
    return this.jobWaitForJob(job, wait);
  }
  cancelJob(job: JobLike) {
    return this.jobCancel(job);
  }
}
