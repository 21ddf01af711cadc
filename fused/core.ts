import { UdfParameterError } from "./errors.ts";
import { readOptions } from "./option-names.ts";
import { needService } from "./save/need-service.ts";
import { readTileArgument } from "./tile-arguments.ts";

/** What the four functions take beside the UDF and its parameters (fused-spec.md 8.3). */
export interface CoreOptions {
  /** Format that a table, or a raster, is transferred in. */
  dtypeOutVector?: string;
  dtypeOutRaster?: string;
  /** Client of the realtime service. */
  clientId?: string;
}

export interface CoreTileOptions extends CoreOptions {
  x: number;
  y: number;
  z: number;
}

type Parameters = Record<string, unknown>;
const optionNames = ["dtypeOutVector", "dtypeOutRaster", "clientId"] as const;

/**
 * Runs a UDF that is saved in the service for one tile. `email` alone may be `email/name`, or the name of one's own.
 * @throws UdfParameterError where there is no such tile, AuthError: this version has no connection to the service
 */
export async function runTile(
  email: string,
  id: string | undefined,
  options: CoreTileOptions,
  _parameters?: Parameters,
) {
  checkName("runTile", "an account's e-mail, or email/name", email);
  checkTile("runTile", options);
  return needService(`fused.core.runTile of ${id === undefined ? email : `${email}/${id}`}`, runHere);
}

/** Runs a shared UDF for one tile, by its token. @throws as `runTile` */
export async function runSharedTile(token: string, options: CoreTileOptions, _parameters?: Parameters) {
  checkName("runSharedTile", "a shared token", token);
  checkTile("runSharedTile", options);
  return needService("fused.core.runSharedTile", runHere);
}

/** Runs a UDF that is saved in the service, once. @throws AuthError: this version has no connection to the service */
export async function runFile(email: string, id?: string, options: CoreOptions = {}, _parameters?: Parameters) {
  checkName("runFile", "an account's e-mail, or email/name", email);
  readOptions<CoreOptions>(options, optionNames, "fused.core.runFile");
  return needService(`fused.core.runFile of ${id === undefined ? email : `${email}/${id}`}`, runHere);
}

/** Runs a shared UDF once, by its token. @throws as `runFile` */
export async function runSharedFile(token: string, options: CoreOptions = {}, _parameters?: Parameters) {
  checkName("runSharedFile", "a shared token", token);
  readOptions<CoreOptions>(options, optionNames, "fused.core.runSharedFile");
  return needService("fused.core.runSharedFile", runHere);
}

const runHere =
  "A UDF that you have as a file or at GitHub runs here: (await fused.load(path)).run(parameters, { x, y, z }).";

function checkName(place: string, what: string, value: unknown): void {
  if (typeof value === "string" && value.trim() !== "") return;
  throw new TypeError(`fused.core.${place} takes ${what} first; what came is ${JSON.stringify(value)}.`);
}

function checkTile(place: string, options: CoreTileOptions): void {
  const { x, y, z } = readOptions<CoreTileOptions>(options, [...optionNames, "x", "y", "z"], `fused.core.${place}`);
  const { argument } = readTileArgument({ x, y, z }, `fused.core.${place}`);
  if (argument === undefined) {
    throw new UdfParameterError(`fused.core.${place} needs the tile: { x, y, z }.`, { udfName: place });
  }
}
