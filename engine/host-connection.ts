import type { Socket } from "node:net";
import type { ClientMessage, HostMessage } from "./engine-protocol.ts";
import { completeLimits } from "./limits.ts";
import { errorOfRecursion } from "./run-failure.ts";
import { readUdf } from "./run-request.ts";
import type { LogLine, RunError, RunTimes } from "./run-types.ts";
import type { Scheduler } from "./scheduler.ts";
import { readMessages, writeMessage } from "./socket-messages.ts";
import { valueFromParts, valueToParts } from "./value-parts.ts";

/** Output beyond a run's limit that is still passed on: the isolate's own note that it was cut. */
const logSlack = 1000;
/** A depth beyond every limit. */
const mostDepth = 1000;
const noTimes: RunTimes = { queue: 0, prepare: 0, run: 0, encode: 0 };

/** Serves one client of the host. A client that goes away takes its runs along. Gives a function that tells it to leave. */
export function serveClient(socket: Socket, scheduler: Scheduler): () => void {
  const running = new Map<number, AbortController>();
  const send = (message: HostMessage, parts: Uint8Array[] = []) => {
    if (!socket.destroyed) writeMessage(socket, message, parts);
  };

  const run = async (message: Extract<ClientMessage, { type: "run" }>, parts: Uint8Array[]) => {
    const { id } = message;
    const fail = (error: RunError) => send({ type: "done", id, status: "error", error, times: noTimes });
    const [frame, ...valueParts] = parts;
    const udf = readUdf(frame!);
    if ("kind" in udf) return fail(udf);
    const limits = completeLimits(message.limits);
    // What stands above a run of another host is known by its number alone.
    const chain = Array.from({ length: Math.min(Number(message.depth) || 0, mostDepth) }, () => "…");
    if (chain.length > limits.recursion) return fail(errorOfRecursion([...chain, udf.frame.name], limits.recursion));
    const abort = new AbortController();
    running.set(id, abort);
    const logs = collectLogs(limits.logCharacters + logSlack, (lines) => send({ type: "log", id, lines }));
    const { outcome, queued } = await scheduler.run(socket, {
      udf,
      parameters: valueFromParts(message.value, valueParts),
      limits,
      network: message.network,
      access: message.access,
      signal: abort.signal,
      onLog: logs.add,
      chain,
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
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    for (const abort of running.values()) abort.abort();
  });
  return () => send({ type: "retiring" });
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
