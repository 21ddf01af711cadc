import { doForCell } from "../cell-hooks.ts";
import { AuthError } from "../errors.ts";
import { prepareRun } from "../run-once.ts";
import type { RunOptions } from "../run-options.ts";
import { runPlaced } from "../run-placed.ts";
import type { RunResult } from "../run-result.ts";
import { loadTarget, runnable } from "../run.ts";
import type { UdfState } from "../udf-state.ts";
import { openSharedEngine } from "./remote-engine.ts";

/** Runs the UDF behind a shared token, where its owner would: their secrets, their files. Needs no log-in. */
export async function runSharedUdf(
  token: string,
  params: Record<string, unknown>,
  options: RunOptions,
): Promise<RunResult> {
  const state = await stateOf(token);
  const prepared = await prepareRun(state, options, undefined, openSharedEngine(token));
  return doForCell((signal) => runPlaced(prepared, { ...options.parameters, ...params }, signal));
}

/** What the token tells of its UDF; where it lets nobody read the code, the service alone knows the parameters. */
async function stateOf(token: string): Promise<UdfState> {
  try {
    const { runDefaults: _, ...state } = runnable(await loadTarget(token), "fused.run");
    return { ...state, runDefaults: {} };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const name = `${token.slice(0, 8)}…`;
    return {
      frame: {
        name,
        source: "() => null",
        carrier: "inline",
        entrypoint: "default",
        parameters: { style: "object", parameters: [], rest: true },
        headers: [],
        origin: { name, firstLine: 1 },
        metadata: {},
      },
      defaults: {},
      runDefaults: {},
    };
  }
}
