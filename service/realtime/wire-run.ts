import { PassThrough } from "node:stream";
import {
  logBytes,
  outcomeBytes,
  readRunBody,
  resultMediaType,
  runMediaType,
  type RunAsked,
} from "../../engine/remote/run-wire.ts";
import type { LogLine } from "../../engine/run-types.ts";
import { unpackValue } from "../../engine/values.ts";
import { coerceParameters } from "../../fused/coerce.ts";
import { UdfParameterError } from "../../fused/errors.ts";
import type { ServiceContext } from "../context.ts";
import { badRequest, HttpError } from "../http/http-error.ts";
import type { ServiceRequest, ServiceResponse } from "../http/route.ts";
import type { RunOwner } from "../runs/run-access.ts";
import type { RunnableUdf } from "./known-udfs.ts";
import { limitsWithin } from "./run-limits.ts";
import { runRealtime } from "./run-realtime.ts";

/** A run's parameters may be tables: bytes. */
const mostBody = 256 * 2 ** 20;
/** How long printed lines may wait for others, milliseconds: one message takes them all. */
const gathering = 10;

/** Whether a request is a run of our own SDK (engine/remote/run-wire.ts). */
export function isWireRun({ headers }: ServiceRequest): boolean {
  return headers["content-type"]?.split(";", 1)[0] === runMediaType;
}

/**
 * Answers a run of our own SDK: with what it prints, while it prints, and then with what came of it, an error included.
 * @param udf the UDF of the address; undefined: the body has its frame
 * @throws HttpError for what goes wrong before the run
 */
export async function answerWireRun(
  context: ServiceContext,
  request: ServiceRequest,
  owner: RunOwner,
  udf: RunnableUdf | undefined,
): Promise<ServiceResponse> {
  const asked = readBody(await request.bytes(mostBody));
  const parameters = await readParameters(asked, udf);
  const { settings } = context;
  const { network } = asked;
  const run = {
    frame: udf?.frameBytes ?? asked.frame,
    parameters,
    limits: limitsWithin(settings, asked.limits),
    // A client may forbid itself more than the service does, never less.
    ...((network.enabled === false || network.hosts) && {
      network: { allowPrivate: settings.allowPrivate, enabled: network.enabled, hosts: network.hosts },
    }),
    depth: Math.max(0, Math.min(asked.depth, 100)),
  };
  const body = new PassThrough();
  let waiting: LogLine[] = [];
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) body.write(logBytes(waiting));
    waiting = [];
  };
  const onLog = (line: LogLine) => {
    waiting.push(line);
    timer ??= setTimeout(tell, gathering);
  };
  // Quotas and overload are told as a status, so the run has begun before the answer does.
  const { signal } = request;
  const outcome = runRealtime(context, owner, run, { signal, onLog, decodes: () => false });
  const refused = Promise.withResolvers<never>();
  outcome.then(
    (ended) => {
      tell();
      body.end(outcomeBytes(ended));
    },
    (error: unknown) => {
      clearTimeout(timer);
      refused.reject(error);
      body.destroy(error as Error);
    },
  );
  // A refusal comes at once; afterwards nothing is thrown.
  await Promise.race([refused.promise, new Promise((resolve) => setImmediate(resolve))]);
  refused.promise.catch(() => {});
  return { headers: { "Content-Type": resultMediaType, "Cache-Control": "no-store" }, body };
}

function readBody(bytes: Uint8Array): RunAsked {
  try {
    return readRunBody(bytes);
  } catch (error) {
    throw badRequest(`The body is not a run: ${(error as Error).message}`);
  }
}

async function readParameters(
  { parameters }: RunAsked,
  udf: RunnableUdf | undefined,
): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = await unpackValue(parameters);
  } catch (error) {
    throw badRequest(`The parameters cannot be read: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest("Parameters are an object.");
  if (!udf) return value as Record<string, unknown>;
  try {
    return coerceParameters(udf.frame.parameters, value as Record<string, unknown>, { udfName: udf.name });
  } catch (error) {
    if (!(error instanceof UdfParameterError)) throw error;
    throw new HttpError(422, error.name, error.message, { parameter: error.parameter });
  }
}
