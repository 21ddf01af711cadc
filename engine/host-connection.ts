import type { Socket } from "node:net";
import type { ClientMessage, HostMessage, RunPlan } from "./engine-protocol.ts";
import { completeLimits } from "./limits.ts";
import { errorOfRecursion } from "./run-failure.ts";
import { readUdf } from "./run-request.ts";
import { startTextOf, type HostRun } from "./run-udf.ts";
import type { LogLine, RunError, RunTimes } from "./run-types.ts";
import type { Scheduler } from "./scheduler.ts";
import { readMessages, writeMessage } from "./socket-messages.ts";
import { valueFromParts, valueToParts } from "./value-parts.ts";

/** Output beyond a run's limit that is still passed on: the isolate's own note that it was cut. */
const logSlack = 1000;
/** Lines of a client that are told apart; beyond, one may stand twice. */
const mostLines = 10_000;
/** A depth beyond every limit. */
const mostDepth = 1000;
const noTimes: RunTimes = { queue: 0, prepare: 0, run: 0, encode: 0 };
const unknownPlan: RunError = {
  kind: "frame",
  name: "FrameError",
  message: "The run names a plan that did not come before it.",
  stack: "",
};

/** What runs of a client have in common, read. */
type ReadPlan = Pick<HostRun, "udf" | "limits" | "network" | "access" | "chain" | "startText"> & { line?: string };

/** Serves one client of the host. A client that goes away takes its runs along. Gives a function that tells it to leave. */
export function serveClient(socket: Socket, scheduler: Scheduler): () => void {
  const running = new Map<number, AbortController>();
  const plans = new Map<number, ReadPlan | RunError>();
  const lines = new Map<string, object>();
  /** Who takes turns with others: the client, or each of the lines it has. */
  const waiterOf = (line: string | undefined): object => {
    if (line === undefined) return socket;
    let waiter = lines.get(line);
    if (lines.size > mostLines) lines.clear();
    if (!waiter) lines.set(line, (waiter = {}));
    return waiter;
  };
  const send = (message: HostMessage, parts: Uint8Array[] = []) => {
    if (!socket.destroyed) writeMessage(socket, message, parts);
  };

  const run = async (
    { id, plan: number, value: head }: Extract<ClientMessage, { type: "run" }>,
    parts: Uint8Array[],
  ) => {
    const plan = plans.get(number) ?? unknownPlan;
    if ("kind" in plan) return send({ type: "done", id, status: "error", error: plan, times: noTimes });
    const abort = new AbortController();
    running.set(id, abort);
    const logs = collectLogs(plan.limits.logCharacters + logSlack, (lines) => send({ type: "log", id, lines }));
    const parameters = valueFromParts(head, parts);
    const { line, ...common } = plan;
    const { outcome, queued } = await scheduler.run(waiterOf(line), {
      ...common,
      parameters,
      signal: abort.signal,
      onLog: logs.add,
    });
    running.delete(id);
    logs.flush();
    const times = { ...outcome.times, queue: queued };
    if ("error" in outcome) return send({ type: "done", id, status: "error", error: outcome.error, times });
    const value = valueToParts(outcome.value);
    send({ type: "done", id, status: "ok", value: value.head, bytes: outcome.bytes, times }, value.parts);
  };

  readMessages(socket, ({ head, parts }) => {
    const message = head as unknown as ClientMessage;
    if (message.type === "cancel") running.get(message.id)?.abort();
    else if (message.type === "run") void run(message, parts);
    else if (message.type === "plan") {
      plans.set(message.plan, readPlan(message, parts[0]!));
      if (message.forget !== undefined) plans.delete(message.forget);
    }
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    for (const abort of running.values()) abort.abort();
  });
  return () => send({ type: "retiring" });
}

/** A plan with its UDF compiled, or why its runs may not be run here. */
function readPlan({ limits: asked, network, access, depth, line }: RunPlan, frame: Uint8Array): ReadPlan | RunError {
  const udf = readUdf(frame);
  if ("kind" in udf) return udf;
  const limits = completeLimits(asked);
  // What stands above a run of another host is known by its number alone.
  const chain = Array.from({ length: Math.min(Number(depth) || 0, mostDepth) }, () => "…");
  if (chain.length > limits.recursion) return errorOfRecursion([...chain, udf.frame.name], limits.recursion);
  return { udf, limits, network, access, chain, startText: startTextOf(udf, limits, access), line };
}

/** Passes a run's output on in batches: what comes in one turn of the event loop goes in one message. */
function collectLogs(most: number, send: (lines: LogLine[]) => void) {
  let lines: LogLine[] = [];
  let left = most;
  let isScheduled = false;
  const flush = () => {
    isScheduled = false;
    if (lines.length > 0) send(lines);
    lines = [];
  };
  const add = (line: LogLine) => {
    if (left <= 0) return;
    left -= line.text.length;
    lines.push(line);
    if (!isScheduled) setImmediate(flush);
    isScheduled = true;
  };
  return { add, flush };
}
