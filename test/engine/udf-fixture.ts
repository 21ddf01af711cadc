import { after, before } from "node:test";
import { startLocalEngine, type LocalEngine } from "../../engine/client.ts";
import { encodeFrame } from "../../engine/frame.ts";
import type { RunError, RunOptions, RunOutcome, RunRequest } from "../../engine/run-types.ts";
import type { UdfFrame } from "../../engine/udf-frame.ts";

/** The bytes of a frame around a source. */
export function frameOf(source: string, change: Partial<UdfFrame> = {}): Uint8Array {
  return encodeFrame({
    name: "demo",
    source,
    carrier: "inline",
    entrypoint: "default",
    parameters: { style: "object", parameters: [], rest: false },
    headers: [],
    origin: { name: "%%udf demo", firstLine: 1 },
    metadata: {},
    ...change,
  });
}

type Change = Partial<RunRequest> & Partial<RunOptions> & { frame?: never } & { udf?: Partial<UdfFrame> };

/** An engine for the tests of a file, and short ways to run a source in it. */
export function useEngine() {
  let engine: LocalEngine;
  before(async () => {
    engine = await startLocalEngine();
  });
  after(() => engine.close());

  const run = (source: string, parameters: Record<string, unknown> = {}, change: Change = {}): Promise<RunOutcome> => {
    const { udf, signal, onLog, ...request } = change;
    return engine.run({ frame: frameOf(source, udf), parameters, ...request }, { signal, onLog });
  };
  return {
    get engine() {
      return engine;
    },
    run,
    /** The value of a run; throws where it failed. */
    async value(...values: Parameters<typeof run>): Promise<unknown> {
      const outcome = await run(...values);
      if (outcome.status === "error") throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
      return outcome.value;
    },
    /** The error of a run; throws where it did not fail. */
    async error(...values: Parameters<typeof run>): Promise<RunError> {
      const outcome = await run(...values);
      if (outcome.status === "ok") throw new Error(`The run gave ${String(outcome.value)}.`);
      return outcome.error;
    },
  };
}
