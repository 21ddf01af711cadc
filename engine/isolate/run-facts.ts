import type { RunContext } from "../host-access.ts";

/** What a run is told about itself: what `fused.context` and `fused.secrets` know, plain JSON. */
export interface RunFacts {
  context: RunContext;
  secretNames: string[];
  udf: { name: string; entrypoint: string; code: string; parameters: string[] };
  cache: { maxAge: number; verbose: boolean };
  rowGroupBatchSize: number;
}

/** The facts of the run that is on; there are none before it starts, nor where it may use nothing of the host's machine. */
export interface CurrentRun {
  readonly facts: RunFacts | undefined;
}

/** The facts in a text, read when somebody asks. */
export function currentRun(text: () => string | undefined): CurrentRun {
  let facts: RunFacts | undefined;
  return {
    get facts() {
      const given = text();
      return given === undefined ? undefined : (facts ??= JSON.parse(given) as RunFacts);
    },
  };
}
