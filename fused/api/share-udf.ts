import { NotFoundError } from "../errors.ts";
import type { RunTarget } from "../run.ts";
import type { UdfState } from "../udf-state.ts";
import type { RunResponse } from "./run-response.ts";
import { currentService } from "./service.ts";
import { startJob, type StartJobOptions } from "./start-job.ts";
import * as tokens from "./udf-access-token.ts";
import { getUdf } from "./udfs.ts";

/** A token for a UDF that is saved. @throws NotFoundError where it is not */
export async function createAccessToken(
  state: UdfState,
  options?: tokens.AccessTokenOptions,
): Promise<tokens.UdfAccessToken> {
  return tokens.createUdfAccessToken(currentService(), { ...options, udfId: await savedId(state) });
}

/** All tokens for a UDF. */
export async function getAccessTokens(state: UdfState): Promise<tokens.UdfAccessToken[]> {
  return tokens.getUdfAccessTokens(currentService(), await savedId(state));
}

async function savedId({ frame }: UdfState): Promise<string> {
  const { id } = frame.metadata;
  if (typeof id === "string" && id !== "") return id;
  try {
    return (await getUdf(currentService(), frame.name)).id;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new NotFoundError(`${frame.name} is not saved in the service: await ${frame.name}.toFused() saves it.`, {
      cause: error,
    });
  }
}

/** Starts a job over a list of arguments; without one, of a single run. */
export function runBatch(udf: RunTarget, args?: unknown, options?: StartJobOptions): Promise<RunResponse> {
  return startJob(currentService(), args === undefined ? udf : { udf, args }, options);
}
