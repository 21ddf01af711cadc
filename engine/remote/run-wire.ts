import type { HostMessage } from "../engine-protocol.ts";
import type { LogLine, NetworkPermission, RunLimits, RunOutcome } from "../run-types.ts";
import { messageBytes, messageFrom } from "../socket-messages.ts";
import { valueFromParts, valueToParts, type ValueHead } from "../value-parts.ts";
import type { EncodedValue } from "../values/encoded-value.ts";

/**
 * How a run of our own SDK crosses HTTP. The request's body is one message of the local engine's framing
 * (socket-messages.ts); the answer's is a stream of them, the very ones that an engine host sends: output as it is printed, then
 * what came of the run. So values, errors and output are those of a local run.
 */
export const runMediaType = "application/vnd.fused.run";
export const resultMediaType = "application/vnd.fused.result";

/** A run as it is asked for. */
export interface RunAsked {
  /** Bytes of the frame; none where the address names a UDF that the service has. */
  frame: Uint8Array;
  parameters: EncodedValue;
  /** What the client would have; the service gives no more than its own limits. */
  limits: Partial<RunLimits>;
  network: NetworkPermission;
  depth: number;
  /** How old a kept result may be, seconds; 0: none. Absent: as the UDF says. */
  cacheMaxAge?: number;
}

type Head = Omit<RunAsked, "frame" | "parameters"> & { type: "run"; value: ValueHead };

export function runBody({ frame, parameters, ...facts }: RunAsked): Buffer {
  const value = valueToParts(parameters);
  return messageBytes({ type: "run", ...facts, value: value.head } satisfies Head, [frame, ...value.parts]);
}

/** @throws TypeError, RangeError, SyntaxError for bytes that are not a run */
export function readRunBody(bytes: Uint8Array): RunAsked {
  const { head, parts } = messageFrom(bytes);
  const { type, value, limits, network, depth, cacheMaxAge } = head as unknown as Partial<Head>;
  const [frame, ...rest] = parts;
  if (type !== "run" || !value || !frame) throw new TypeError("The body is not a run.");
  return {
    frame,
    parameters: valueFromParts(value, rest),
    limits: limits ?? {},
    network: network ?? {},
    depth: Number(depth) || 0,
    ...(typeof cacheMaxAge === "number" && { cacheMaxAge }),
  };
}

/** What the answer's stream is made of; its last message is of type `done`. `id` is always 0. */
export type ResultMessage = Exclude<HostMessage, { type: "retiring" }> & {
  /** Seconds since the result was computed, of one that the service had kept. */
  age?: number;
};

/** A piece of the answer: what the run has printed. */
export function logBytes(lines: LogLine[]): Buffer {
  return messageBytes({ type: "log", id: 0, lines } satisfies ResultMessage);
}

/** The end of the answer. @param age seconds since it was computed, of a result that was kept */
export function outcomeBytes(outcome: RunOutcome, age?: number): Buffer {
  const { times } = outcome;
  const end = { type: "done", id: 0, times, ...(age !== undefined && { age }) } as const;
  if (outcome.status === "error") {
    return messageBytes({ ...end, status: "error", error: outcome.error } satisfies ResultMessage);
  }
  if (!outcome.encoded) throw new TypeError("The outcome has no encoded value.");
  const { head, parts } = valueToParts(outcome.encoded);
  return messageBytes({ ...end, status: "ok", value: head, bytes: outcome.bytes } satisfies ResultMessage, parts);
}
