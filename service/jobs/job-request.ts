import { readFrame } from "../../engine/frame-context.ts";
import { FrameError } from "../../engine/frame.ts";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import { packValue, unpackValue } from "../../engine/values.ts";
import { packEncoded, unpackEncoded } from "../../engine/values/packed-value.ts";
import { coerceParameters } from "../../fused/coerce.ts";
import { badRequest, HttpError } from "../http/http-error.ts";
import { onlyKnown } from "../http/known-members.ts";
import type { ServiceSettings } from "../settings.ts";
import { sizeNames, sizeOf, type SizeName } from "./instance-sizes.ts";
import type { JobUdf } from "./job-udf.ts";

/** A job as it was asked for, checked. */
export interface JobRequest {
  frame: UdfFrame;
  frameBytes: Uint8Array;
  /** The user in whose environment it runs. */
  runAs: string;
  /** Packed parameters of each run, coerced. */
  items: Uint8Array[];
  instanceType: string;
  size: SizeName;
  parts: number;
  processes: number | null;
  maxRetry: number;
  timeoutMs: number;
  diskSizeGb: number;
  env: Record<string, string>;
  sendStatusEmail: boolean;
}

type Fields = Record<string, unknown>;

const members = [
  "udf",
  "arg_list",
  "arg_list_packed",
  "parameters",
  "instance_type",
  "max_workers",
  "n_processes_per_worker",
  "max_retry",
  "timeout",
  "disk_size_gb",
  "additional_env",
  "send_status_email",
  "region",
  "image_name",
];
const mostItems = 100_000;
const mostMachines = 5;
const mostProcesses = 64;
const mostRetries = 10;
const usualRetries = 2;
const itemsPerTurn = 200;

const invalid = (message: string, fields: Fields = {}) => new HttpError(422, "UdfParameterError", message, fields);

/**
 * Reads the body of `POST /run`.
 * @param udf that the body names
 * @throws HttpError 400, 422 naming what is wrong, and the place in `arg_list` where it is that
 */
export async function readJobRequest(
  body: Fields,
  { frame: frameBytes, runAs }: JobUdf,
  { batch }: Pick<ServiceSettings, "batch">,
): Promise<JobRequest> {
  onlyKnown(body, members, "A job");
  const frame = frameOf(frameBytes);
  const instanceType = body["instance_type"] ?? "small";
  const size = typeof instanceType === "string" ? sizeOf(instanceType) : undefined;
  if (!size) {
    throw invalid(
      `There is no instance_type ${JSON.stringify(instanceType)}: ${sizeNames.join(", ")}, or a cloud type such as m5.large.`,
    );
  }
  refuseOthers(body);
  const items = await packItems(frame, await listOf(body));
  const timeout = numberIn(body, "timeout", 0.001, batch.runSeconds) ?? batch.runSeconds;
  return {
    frame,
    frameBytes,
    runAs,
    items,
    instanceType: instanceType as string,
    size,
    parts: Math.max(1, Math.min(integerIn(body, "max_workers", 1, mostMachines) ?? 1, items.length)),
    processes: integerIn(body, "n_processes_per_worker", 1, mostProcesses) ?? null,
    maxRetry: integerIn(body, "max_retry", 0, mostRetries) ?? usualRetries,
    timeoutMs: timeout * 1000,
    diskSizeGb: numberIn(body, "disk_size_gb", 0, 1e6) ?? 0,
    env: envOf(body["additional_env"]),
    sendStatusEmail: body["send_status_email"] === true,
  };
}

function frameOf(bytes: Uint8Array): UdfFrame {
  try {
    return readFrame(bytes);
  } catch (error) {
    if (error instanceof FrameError) throw invalid(error.message, { reason: error.reason });
    throw error;
  }
}

/** What clients of other services may ask for and this one cannot do is not passed over. */
function refuseOthers(body: Fields): void {
  const { region, image_name: image } = body;
  if (region !== undefined && region !== null) {
    throw invalid(`region ${JSON.stringify(region)}: this service's workers are where they are. Leave region out.`);
  }
  if (image !== undefined && image !== null) {
    throw invalid(
      `image_name ${JSON.stringify(image)}: this service's workers have one set of packages. Leave image_name out.`,
    );
  }
}

async function listOf(body: Fields): Promise<unknown[]> {
  const { arg_list: list, arg_list_packed: packed, parameters } = body;
  const given = [list, packed, parameters].filter((each) => each !== undefined && each !== null).length;
  if (given > 1) throw badRequest("Give one of arg_list, arg_list_packed and parameters.");
  if (Array.isArray(parameters))
    throw badRequest("parameters is an object, of one run. For a list of runs send arg_list.");
  let items: unknown = list ?? [parameters ?? {}];
  if (typeof packed === "string") {
    try {
      items = await unpackValue(unpackEncoded(new Uint8Array(Buffer.from(packed, "base64"))));
    } catch (error) {
      throw badRequest(`arg_list_packed is no packed value: ${(error as Error).message}`);
    }
  }
  if (!Array.isArray(items))
    throw badRequest("arg_list is a list: of objects of parameters, or of values for the first one.");
  if (items.length > mostItems) {
    throw invalid(`arg_list has ${items.length} items; one job takes ${mostItems}. Make several jobs of them.`);
  }
  return items;
}

/** Coerces and packs, giving other requests their turn in between. */
async function packItems({ parameters: schema, name }: UdfFrame, list: unknown[]): Promise<Uint8Array[]> {
  const first = schema.parameters[0]?.name;
  const items: Uint8Array[] = [];
  for (const [index, item] of list.entries()) {
    if (index % itemsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const isObject = typeof item === "object" && item !== null && Object.getPrototypeOf(item) === Object.prototype;
    if (!isObject && first === undefined) {
      throw invalid(`arg_list[${index}]: ${name} takes no parameters, so each item must be {}.`, { index });
    }
    try {
      const given = isObject ? (item as Fields) : { [first!]: item };
      items.push(packEncoded(await packValue(coerceParameters(schema, given, { udfName: name }))));
    } catch (error) {
      throw invalid(`arg_list[${index}]: ${(error as Error).message}`, { index });
    }
  }
  return items;
}

function envOf(given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {};
  const lines = Array.isArray(given) ? (given as unknown[]) : undefined;
  const pairs = lines?.map((line) => /^([A-Za-z_]\w*)=([^]*)$/.exec(String(line)));
  if (!pairs?.every((pair) => pair !== null)) throw badRequest('additional_env is a list of "KEY=value".');
  return Object.fromEntries(pairs.map((pair) => [pair[1]!, pair[2]!]));
}

function numberIn(body: Fields, name: string, least: number, most: number): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw invalid(`${name} is a number from ${least} to ${most}; what came is ${JSON.stringify(value)}.`);
}

function integerIn(body: Fields, name: string, least: number, most: number): number | undefined {
  const value = numberIn(body, name, least, most);
  if (value === undefined || Number.isInteger(value)) return value;
  throw invalid(`${name} is a whole number; what came is ${value}.`);
}
