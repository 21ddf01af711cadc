import ivm from "isolated-vm";
import { ActiveRun, type Ending } from "./active-run.ts";
import type { CompiledUdf } from "./compile.ts";
import type { HostAccess } from "./host-access.ts";
import type { RunContext, IsolateSlot } from "./isolate-slot.ts";
import type { StartDetail } from "./isolate/isolate-run.ts";
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
  /** `startTextOf` of these. */
  startText: [detail: string, facts: string | undefined];
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

/** What is done when a run is over: `atRest` waits until its isolate is, and says whether its context may be kept. */
export interface EndedRun {
  outcome: HostOutcome;
  atRest(): Promise<boolean>;
}

/** Runs a UDF in a slot. Ends with a value or an error, whatever the UDF does; an ending by force disposes the slot. */
export async function runUdf(slot: IsolateSlot, run: HostRun): Promise<EndedRun> {
  const ended = await runIn(slot, run, () => slot.take(run.udf));
  if (!ended.hasStrayed) return ended;
  // Nothing of the first attempt was seen outside: the run begins again where it can do what it wants.
  const again = await runIn(slot, run, () => slot.takeFresh(run.udf));
  run.udf.keptGlobals = undefined;
  return again;
}

async function runIn(
  slot: IsolateSlot,
  run: HostRun,
  take: () => Promise<RunContext>,
): Promise<EndedRun & { hasStrayed: boolean }> {
  const times: HostTimes = { prepare: 0, run: 0, encode: 0 };
  const active = new ActiveRun(slot, run);
  let last = performance.now();
  const elapsed = () => -(last - (last = performance.now()));
  let hasStrayed = false;
  const over = (outcome: HostOutcome) => ({ outcome, hasStrayed, atRest: () => active.atRest() });
  try {
    const context = await take();
    times.prepare = elapsed();
    const ending = await active.start(context, startArguments(run));
    times.run = elapsed();
    hasStrayed = context.isKept && active.isUnseen && isStray(ending);
    if ("failure" in ending) {
      const error = errorOfUdf(ending.failure, run.udf, run.limits);
      if (active.nested.isRecursion(error.name, error.message)) error.kind = "recursion";
      return over({ error, times });
    }
    const { detail, text, body } = ending;
    times.encode = Math.min(detail.encode, times.run);
    times.run -= times.encode;
    const buffers = await takeBuffers(context, detail.buffers);
    times.encode += elapsed();
    const value = { text, body: new Uint8Array(body), buffers, hasTables: detail.hasTables };
    return over({ value, bytes: detail.bytes, times });
  } catch (error) {
    if (active.forcedEnd) return over({ error: active.forcedEnd, times });
    if (slot.isGone) return over({ error: errorOfMemory(run.limits), times });
    return over({ error: errorOfHost(error, run.udf), times });
  } finally {
    active.close();
  }
}

/** V8's words for a write that the frozen built-ins of a kept context do not take. */
const refusedWrite = /read only|not extensible|Cannot (add|assign|define|delete|redefine)|only a getter|not writable/i;

/** Whether a run in a kept context came upon something that it would not have met in a fresh one. */
export function isStray(ending: Ending): boolean {
  if (!("failure" in ending)) return ending.detail.strayed;
  const { strayed, name, message } = ending.failure;
  return strayed === true || (name === "TypeError" && refusedWrite.test(message));
}

/** What all runs of a UDF under the same conditions are started with, and what they are told about themselves. */
export function startTextOf(udf: CompiledUdf, limits: RunLimits, access: HostAccess | undefined): HostRun["startText"] {
  const { resultBytes, logCharacters } = limits;
  const detail: StartDetail = { parameters: udf.frame.parameters, resultBytes, logCharacters };
  return [JSON.stringify(detail), access && JSON.stringify(factsOf(udf, access))];
}

function startArguments({ startText, parameters: { text, body, buffers, hasTables } }: HostRun): unknown[] {
  return [...startText, hasTables, text, moveIn(body), ...buffers.map(moveIn)];
}

function factsOf({ frame }: CompiledUdf, { context, secrets, cache, rowGroupBatchSize }: HostAccess): RunFacts {
  const { name, entrypoint, source: code, parameters } = frame;
  const udf = { name, entrypoint, code, parameters: parameters.parameters.map((each) => each.name) };
  return { context, secretNames: Object.keys(secrets).sort(), udf, cache, rowGroupBatchSize };
}

/** Takes the big buffers of a result. @param at the run's place in its row */
export async function takeBuffers(context: RunContext, count: number, at = 0): Promise<Uint8Array[]> {
  const buffers: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const moved = (await context.control.apply(undefined, [
      "take",
      i,
      ivm,
      at,
    ] as never)) as ivm.ExternalCopy<ArrayBuffer>;
    buffers.push(new Uint8Array(moved.copy({ transferIn: true, release: true })));
  }
  return buffers;
}
