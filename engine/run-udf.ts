import ivm from "isolated-vm";
import { ActiveRun } from "./active-run.ts";
import type { CompiledUdf } from "./compile.ts";
import type { HostAccess } from "./host-access.ts";
import type { FreshContext, IsolateSlot } from "./isolate-slot.ts";
import type { StartDetail } from "./isolate/main.ts";
import type { RunFacts } from "./isolate/run-facts.ts";
import { moveIn } from "./move-in.ts";
import type { RunNested } from "./nested/nested-runs.ts";
import { errorOfHost, errorOfMemory, errorOfUdf } from "./run-failure.ts";
import type { LogLine, NetworkPermission, RunError, RunLimits, RunTimes } from "./run-types.ts";
import type { EncodedValue } from "./values/encoded-value.ts";

/** A run as the host has it: the UDF compiled, the parameters still encoded. */
export interface HostRun {
  udf: CompiledUdf;
  parameters: EncodedValue;
  limits: RunLimits;
  network: NetworkPermission;
  access: HostAccess | undefined;
  signal: AbortSignal;
  onLog(line: LogLine): void;
  /** The run begins, or ends, to wait for the network or for other runs: its core is free meanwhile. */
  onWaiting(isWaiting: boolean): void;
  /** Names of the UDFs that stand above this run, each run by the one before. */
  chain: string[];
  /** Runs a UDF for this one. */
  runNested: RunNested;
}

export type HostTimes = Omit<RunTimes, "queue">;

export type HostOutcome =
  { value: EncodedValue; bytes: number; times: HostTimes } | { error: RunError; times: HostTimes };

/** Runs a UDF in a slot. Ends with a value or an error, whatever the UDF does; an ending by force disposes the slot. */
export async function runUdf(slot: IsolateSlot, run: HostRun): Promise<HostOutcome> {
  const times: HostTimes = { prepare: 0, run: 0, encode: 0 };
  const active = new ActiveRun(slot, run);
  let last = performance.now();
  const elapsed = () => -(last - (last = performance.now()));
  try {
    const fresh = await slot.take(run.udf);
    times.prepare = elapsed();
    const ending = await active.start(fresh, startArguments(run));
    times.run = elapsed();
    if ("failure" in ending) {
      const error = errorOfUdf(ending.failure, run.udf, run.limits);
      if (active.nested.isRecursion(error.name, error.message)) error.kind = "recursion";
      return { error, times };
    }
    const { detail, text, body } = ending;
    times.encode = Math.min(detail.encode, times.run);
    times.run -= times.encode;
    const buffers = await takeBuffers(fresh, detail.buffers);
    times.encode += elapsed();
    const value = { text, body: new Uint8Array(body), buffers, hasTables: detail.hasTables };
    return { value, bytes: detail.bytes, times };
  } catch (error) {
    if (active.forcedEnd) return { error: active.forcedEnd, times };
    if (slot.isGone) return { error: errorOfMemory(run.limits), times };
    return { error: errorOfHost(error, run.udf), times };
  } finally {
    active.close();
  }
}

function startArguments({ udf, parameters, limits, access }: HostRun): unknown[] {
  const detail: StartDetail = {
    parameters: udf.frame.parameters,
    hasTables: parameters.hasTables,
    resultBytes: limits.resultBytes,
    logCharacters: limits.logCharacters,
    facts: access && factsOf(udf, access),
  };
  return [JSON.stringify(detail), parameters.text, ...[parameters.body, ...parameters.buffers].map(moveIn)];
}

function factsOf({ frame }: CompiledUdf, { context, secrets, cache, rowGroupBatchSize }: HostAccess): RunFacts {
  const { name, entrypoint, source: code, parameters } = frame;
  const udf = { name, entrypoint, code, parameters: parameters.parameters.map((each) => each.name) };
  return { context, secretNames: Object.keys(secrets).sort(), udf, cache, rowGroupBatchSize };
}

async function takeBuffers(fresh: FreshContext, count: number): Promise<Uint8Array[]> {
  const buffers: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const moved = (await fresh.control.apply(undefined, ["take", i, ivm] as never)) as ivm.ExternalCopy<ArrayBuffer>;
    buffers.push(new Uint8Array(moved.copy({ transferIn: true, release: true })));
  }
  return buffers;
}
