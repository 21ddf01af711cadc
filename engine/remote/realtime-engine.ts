import type { Engine, LogLine, RunError, RunOptions, RunOutcome, RunRequest, RunTimes } from "../run-types.ts";
import { readMessages } from "../socket-messages.ts";
import { valueFromParts } from "../value-parts.ts";
import { packValue, unpackValue } from "../values.ts";
import type { EncodedValue } from "../values/encoded-value.ts";
import { NotEncodableError } from "../values/not-encodable.ts";
import { resultMediaType, runBody, runMediaType, type ResultMessage } from "./run-wire.ts";
import { isBrokenConnection, sendRequest, ServiceError, type HttpAnswer, type HttpSettings } from "./service-http.ts";

/** Where runs are sent, and how. Read anew for each run. */
export interface RealtimeTarget {
  settings: HttpSettings;
  /** Below the settings' address, or a whole one. */
  path: string;
  /** The UDF is the one of the path: no frame is sent. */
  isNamed?: boolean;
  /** Sent without a log-in. */
  isAnonymous?: boolean;
}

/** The limit of a run where neither side says one, milliseconds. */
const usualLimitMs = 120_000;
const noTimes: RunTimes = { queue: 0, prepare: 0, run: 0, encode: 0 };

/**
 * The service as an engine: the same values, errors and output as on this machine. A run that is aborted closes its request,
 * which ends it there. Connections are kept and shared by all runs.
 */
export function createRealtimeEngine(target: (request: RunRequest) => Promise<RealtimeTarget>): Engine {
  return {
    async run(request, { signal, onLog, decodes } = {}) {
      if (signal?.aborted) return cancelled([]);
      const logs: LogLine[] = [];
      const to = await target(request);
      try {
        const parameters = await packValue(request.parameters);
        const answer = await ask(to, request, parameters, signal);
        return await readOutcome(answer, logs, { onLog, decodes });
      } catch (error) {
        if (signal?.aborted) return cancelled(logs);
        if (error instanceof NotEncodableError) return notEncodable(error);
        if (error instanceof ServiceError && error.status === 0) return lost(error.message, logs);
        if (isBrokenConnection(error)) return lost("the connection to the service was cut while it ran.", logs);
        throw error;
      }
    },
    // The connections are everybody's.
    close: async () => {},
  };
}

function ask(
  { settings, path, isNamed, isAnonymous }: RealtimeTarget,
  { frame, limits = {}, network = {}, depth = 0, cacheMaxAge }: RunRequest,
  parameters: EncodedValue,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const limit = limits.timeoutMs ?? usualLimitMs;
  return sendRequest(settings, {
    method: "POST",
    path,
    headers: { "content-type": runMediaType, accept: resultMediaType },
    body: runBody({ frame: isNamed ? new Uint8Array() : frame, parameters, limits, network, depth, cacheMaxAge }),
    signal,
    isAnonymous,
    // A run is a function of its parameters: doing it again does no harm.
    isRepeatable: true,
    readTimeoutMs: limit === 0 || settings.readTimeoutMs === 0 ? 0 : limit + settings.readTimeoutMs,
  });
}

async function readOutcome(
  { body, headers }: HttpAnswer,
  logs: LogLine[],
  { onLog, decodes }: RunOptions,
): Promise<RunOutcome> {
  if (!headers["content-type"]?.startsWith(resultMediaType)) {
    body.destroy();
    throw new ServiceError(
      `The service answers a run with ${headers["content-type"] ?? "nothing known"}: it is no service for this SDK.`,
    );
  }
  const { promise, resolve, reject } = Promise.withResolvers<{ message: ResultMessage; parts: Uint8Array[] }>();
  body.on("error", reject);
  body.on("end", () => reject(Object.assign(new Error("terminated"), { code: "ECONNRESET" })));
  readMessages(body, ({ head, parts }) => {
    const message = head as unknown as ResultMessage;
    if (message.type === "done") return resolve({ message, parts });
    for (const line of message.lines) {
      logs.push(line);
      onLog?.(line);
    }
  });
  const { message, parts } = await promise;
  if (message.type !== "done") throw new TypeError("not reached: the promise is of the last message");
  const { times } = message;
  if (message.status === "error") return { status: "error", error: message.error, logs, times };
  const encoded = valueFromParts(message.value, parts);
  const age = message.age === undefined ? {} : { age: message.age };
  const value = decodes?.(encoded) === false ? undefined : await unpackValue(encoded);
  return { status: "ok", value, encoded, logs, times, bytes: message.bytes, ...age };
}

function failed(error: RunError, logs: LogLine[] = []): RunOutcome {
  return { status: "error", error, logs, times: noTimes };
}

function cancelled(logs: LogLine[]): RunOutcome {
  return failed({ kind: "cancelled", name: "AbortError", message: "The run was cancelled.", stack: "" }, logs);
}

function lost(why: string, logs: LogLine[]): RunOutcome {
  return failed({ kind: "lost", name: "EngineLostError", message: `The run was lost: ${why}`, stack: "" }, logs);
}

function notEncodable({ name, message, valueType }: NotEncodableError): RunOutcome {
  return failed({
    kind: "serialization",
    name,
    message: `The parameters cannot travel: ${message}`,
    stack: "",
    valueType,
  });
}
