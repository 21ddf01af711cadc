import type { RunContext } from "../host-access.ts";

/** What a run is told about itself: what `fused.context` and `fused.secrets` know, plain JSON. */
export interface RunFacts {
  context: RunContext;
  secretNames: string[];
  udf: { name: string; entrypoint: string; code: string; parameters: string[] };
  cache: { maxAge: number; verbose: boolean };
  rowGroupBatchSize: number;
}

/** The facts of the run that this context is for; there are none before it starts. */
export interface CurrentRun {
  facts: RunFacts | undefined;
}
