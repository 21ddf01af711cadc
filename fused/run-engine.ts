import type { LocalEngineOptions } from "../engine/local-engine.ts";
import type { Engine } from "../engine/run-types.ts";
import { detached } from "./cell-hooks.ts";
import { isLoggedIn } from "./credentials/access-token.ts";
import { AuthError, FusedError } from "./errors.ts";
import type { ProcessPool } from "./process-pool.ts";
import { nearestName } from "./nearest-name.ts";
import { optionSource, options } from "./options.ts";

let provider: () => Promise<Engine> = async () =>
  (await import("../engine/local-engine.ts")).startLocalEngine(ownEngine());
let engine: Promise<Engine> | undefined;

/** Hands over the engine that local runs go to, e.g. the host that a kernel shares. Asked for at the first run. */
export function useEngine(engineProvider: () => Promise<Engine>): void {
  provider = engineProvider;
  engine = undefined;
}

/** The local engine, started at the first call. A start that failed is tried again by the next call. */
export function localEngine(): Promise<Engine> {
  engine ??= detached(() =>
    provider().catch((error: unknown) => {
      engine = undefined;
      throw error;
    }),
  );
  return engine;
}

/** Ends the local engine if it was started; the next run starts another. */
export async function closeEngine(): Promise<void> {
  const started = engine;
  engine = undefined;
  const opened = [...pools.values()];
  pools.clear();
  await Promise.all([started?.then((each) => each.close()), ...opened.map((pool) => pool.close())]);
}

const pools = new Map<number, ProcessPool>();

/** Engine hosts for a fan-out of so many workers, a process each (option `useProcessPoolForLocalSubmit`). Kept for the next. */
export async function localProcesses(workers: number): Promise<ProcessPool> {
  const { openProcessPool } = await import("./process-pool.ts");
  let pool = pools.get(workers);
  if (!pool) pools.set(workers, (pool = openProcessPool(workers, ownEngine())));
  return pool;
}

/** How an engine is started that nobody else provides. */
export function ownEngine(): LocalEngineOptions {
  const { framePublicKey, udfInlining } = options;
  if (framePublicKey === null && udfInlining) return {};
  return { frames: { inlining: udfInlining, publicKey: framePublicKey ?? undefined } };
}

/** Sizes of the service's batch machines (fused-spec.md 8.1). */
const batchSizes = ["small", "medium", "large"];
const remoteNames = ["remote", "realtime", ...batchSizes];
const cloudInstanceType = /^[a-z]\w*\d\w*\.\d*\w+$/;

/**
 * Checks an engine's name.
 * @throws FusedError for a name that is no engine, naming the nearest
 */
export function checkEngineName(name: unknown): string {
  if (typeof name === "string" && (name === "local" || remoteNames.includes(name) || cloudInstanceType.test(name))) {
    return name;
  }
  const nearest = typeof name === "string" ? nearestName(name, ["local", ...remoteNames]) : undefined;
  throw new FusedError(
    `There is no engine ${JSON.stringify(name)}.${nearest ? ` Did you mean "${nearest}"?` : ""} ` +
      'Engines are "local", "remote", "realtime" and the batch sizes "small", "medium", "large".',
  );
}

/**
 * The engine of a run that asks for `asked`: what was asked for, else the option `defaultUdfRunEngine`, else the
 * service where one is configured, else this machine.
 */
export function chooseEngine(asked: string | undefined): string {
  if (asked !== undefined) return checkEngineName(asked);
  if (options.defaultUdfRunEngine !== null) return options.defaultUdfRunEngine;
  return serviceIsConfigured() ? "remote" : "local";
}

/** Whether runs have a service to go to: an address set on purpose, a service account in the environment, or a log-in. */
export function serviceIsConfigured(): boolean {
  return optionSource("baseUrl") !== "default" || Boolean(process.env["FUSED_AUTH_TOKEN"]) || isLoggedIn();
}

/** Whether an engine is the service's batch machines. */
export function isBatch(name: string): boolean {
  return batchSizes.includes(name) || cloudInstanceType.test(name);
}

/**
 * The engine to hand a run to.
 * @throws AuthError for every engine that is not local where no service is configured
 */
export async function openEngine(name: string): Promise<Engine> {
  if (name === "local") return localEngine();
  if (!serviceIsConfigured()) {
    throw new AuthError(
      `The engine "${name}" is the Fused service, and this notebook is not connected to one: log in with %login, or set ` +
        'fused.options.baseUrl to your service. To run here and now, pass { engine: "local" }.',
    );
  }
  if (isBatch(name)) return (await import("./api/batch-engine.ts")).openBatchEngine({ instanceType: name });
  return (await import("./api/remote-engine.ts")).openRemoteEngine();
}
