import { packValue } from "../../engine/values.ts";
import { packEncoded } from "../../engine/values/packed-value.ts";
import { coerceParameters } from "../coerce.ts";
import { importPlace } from "../imports/module-folder.ts";
import { withImports } from "../imports/with-imports.ts";
import { readOptions } from "../option-names.ts";
import { options as fusedOptions } from "../options.ts";
import type { RunTarget } from "../run.ts";
import { loadTarget, runnable } from "../run.ts";
import { listArguments } from "../submit-arguments.ts";
import { frameBytes } from "../udf-state.ts";
import type { JobRecord } from "./jobs.ts";
import { RunResponse } from "./run-response.ts";
import { sendForJson, type ServiceAddress } from "./service.ts";

/** What a job runs: a UDF, over a list or once. */
export interface JobConfig {
  udf: RunTarget;
  /** Values for the first parameter, objects of parameters, or a table. Without it the UDF runs once, without parameters. */
  args?: unknown;
  argList?: unknown;
}

export interface StartJobOptions {
  /** `small` (default), `medium`, `large`, or a cloud's name of a machine. */
  instanceType?: string;
  region?: string;
  diskSizeGb?: number;
  /** `KEY=value` each. */
  additionalEnv?: string[];
  imageName?: string;
  /** A message when it has ended. Default: the option `defaultSendStatusEmail`. */
  sendStatusEmail?: boolean;
  /** Machines that share the list, at most 5. Default 1. */
  maxWorkers?: number;
  /** Runs at once on each. Default: its cores. */
  nProcessesPerWorker?: number;
  /** Further attempts of a run that failed. Default 2. */
  maxRetry?: number;
  /** Limit of each run, seconds. Default: none but the service's. */
  timeout?: number;
}

const startJobOptionNames = [
  "instanceType",
  "region",
  "diskSizeGb",
  "additionalEnv",
  "imageName",
  "sendStatusEmail",
  "maxWorkers",
  "nProcessesPerWorker",
  "maxRetry",
  "timeout",
] as const satisfies (keyof StartJobOptions)[];

/**
 * Starts a batch job, which has no time limit of two minutes and goes on when the notebook is closed (fused-spec.md 16).
 * @throws UdfParameterError for arguments that do not fit; AuthError; QuotaError where the account has no batch machines
 */
export async function startJob(
  service: ServiceAddress,
  config: JobConfig | RunTarget,
  given?: StartJobOptions,
): Promise<RunResponse> {
  const isConfig = typeof config === "object" && config !== null;
  const { udf, args, argList = args } = isConfig ? (config as JobConfig) : { udf: config as RunTarget };
  const options = readOptions<StartJobOptions>(given, startJobOptionNames, "fused.api.startJob");
  const state = runnable(await loadTarget(udf), "fused.api.startJob");
  const { frame, defaults, runDefaults } = state;
  const list =
    argList === undefined ? [{}] : listArguments(argList, frame.parameters, frame.name, "fused.api.startJob");
  const base = { ...defaults, ...runDefaults.parameters };
  const items = list.map((each) => coerceParameters(frame.parameters, { ...base, ...each }, { udfName: frame.name }));
  const bytes = await frameBytes(await withImports(frame, importPlace(state)));
  const record = await postJob(service, {
    frame: bytes,
    items,
    options: { diskSizeGb: state.diskSizeGb, region: state.region, ...options },
  });
  return new RunResponse(service, record);
}

/** Asks the service for a job. @param job.items parameters of each run, of the types that the UDF declares */
export async function postJob(
  service: ServiceAddress,
  { frame, items, options }: { frame: Uint8Array; items: Record<string, unknown>[]; options: StartJobOptions },
): Promise<JobRecord> {
  const packed = packEncoded(await packValue(items));
  const body = {
    udf: { frame: Buffer.from(frame).toString("base64") },
    arg_list_packed: Buffer.from(packed).toString("base64"),
    instance_type: options.instanceType ?? "small",
    region: options.region,
    disk_size_gb: options.diskSizeGb,
    additional_env: options.additionalEnv,
    image_name: options.imageName,
    send_status_email: options.sendStatusEmail ?? fusedOptions.defaultSendStatusEmail,
    max_workers: options.maxWorkers,
    n_processes_per_worker: options.nProcessesPerWorker,
    max_retry: options.maxRetry,
    timeout: options.timeout,
  };
  return sendForJson<JobRecord>(service, { method: "POST", path: "/run", body });
}
