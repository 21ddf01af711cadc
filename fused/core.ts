import { addressOf, currentService, forCell, serviceSettings } from "./api/service.ts";
import { clientIdOf, whoami } from "./api/account.ts";
import { readAnswer } from "./api/read-answer.ts";
import { queryText } from "./api/udf-access-token.ts";
import { sendRequest } from "../engine/remote/service-http.ts";
import { UdfParameterError } from "./errors.ts";
import { readOptions } from "./option-names.ts";
import { options as fusedOptions } from "./options.ts";
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
 * Runs a UDF that is saved in the service for one tile, by its address there (fused-spec.md 18.1). `email` alone may be
 * `email/name`, or the name of one's own.
 * @throws UdfParameterError where there is no such tile; AuthError; NotFoundError; the UDF's own errors
 */
export async function runTile(
  email: string,
  id: string | undefined,
  options: CoreTileOptions,
  parameters?: Parameters,
) {
  const place = "runTile";
  checkName(place, "an account's e-mail, or email/name", email);
  const { x, y, z } = checkTile(place, options);
  return runSaved(place, email, id, options, parameters, (saved) => `saved/tiles/${saved}/${z}/${x}/${y}`);
}

/** Runs a shared UDF for one tile, by its token; no log-in is sent. @throws as `runTile` */
export async function runSharedTile(token: string, options: CoreTileOptions, parameters?: Parameters) {
  checkName("runSharedTile", "a shared token", token);
  const { x, y, z } = checkTile("runSharedTile", options);
  return runShared("runSharedTile", token, `run/tiles/${z}/${x}/${y}`, options, parameters);
}

/** Runs a UDF that is saved in the service, once. @throws as `runTile` */
export async function runFile(email: string, id?: string, options: CoreOptions = {}, parameters?: Parameters) {
  checkName("runFile", "an account's e-mail, or email/name", email);
  return runSaved("runFile", email, id, options, parameters, (saved) => `saved/${saved}`);
}

/** Runs a shared UDF once, by its token; no log-in is sent. @throws as `runTile` */
export async function runSharedFile(token: string, options: CoreOptions = {}, parameters?: Parameters) {
  checkName("runSharedFile", "a shared token", token);
  return runShared("runSharedFile", token, "run/file", options, parameters);
}

function runSaved(
  place: string,
  email: string,
  id: string | undefined,
  given: CoreOptions,
  parameters: Parameters | undefined,
  pathOf: (saved: string) => string,
): Promise<unknown> {
  const { clientId, query } = readCore(place, given, parameters);
  return forCell({}, async (signal) => {
    const service = currentService();
    const settings = { ...serviceSettings(service), headers: { ...fusedOptions.defaultRunHeaders } };
    const [, owner = email, name = id ?? email] = id === undefined ? (/^([^/]+@[^/]+)\/(.+)$/.exec(email) ?? []) : [];
    const isOwn = id === undefined && name === email;
    const saved = pathOf(
      `${encodeURIComponent(isOwn ? (await whoami(service)).email : owner)}/${encodeURIComponent(name)}`,
    );
    const client = clientId ?? fusedOptions.realtimeClientId ?? (await clientIdOf(service)) ?? "basic-tier";
    const path = `/realtime/${encodeURIComponent(client)}/api/v1/run/udf/${saved}?${query}`;
    return readAnswer(await sendRequest(settings, { method: "GET", path, signal, headers: { accept: "*/*" } }));
  });
}

function runShared(
  place: string,
  token: string,
  rest: string,
  given: CoreOptions,
  parameters: Parameters | undefined,
): Promise<unknown> {
  const { query } = readCore(place, given, parameters);
  return forCell({}, async (signal) => {
    const service = addressOf(fusedOptions.baseUrl, undefined);
    const settings = { ...serviceSettings(service, false), headers: { ...fusedOptions.defaultRunHeaders } };
    const path = `${service.sharedUdfBaseUrl}/${encodeURIComponent(token)}/${rest}?${query}`;
    const request = { method: "GET" as const, path, signal, isAnonymous: true, headers: { accept: "*/*" } };
    return readAnswer(await sendRequest(settings, request));
  });
}

/** The options, and the query with the formats and the parameters. */
function readCore(place: string, given: CoreOptions, parameters: Parameters = {}) {
  const names = [...optionNames, "x", "y", "z"] as const;
  const { dtypeOutVector, dtypeOutRaster, clientId } = readOptions<CoreTileOptions>(
    given,
    names,
    `fused.core.${place}`,
  );
  const formats = {
    dtype_out_vector: dtypeOutVector ?? fusedOptions.defaultDtypeOutVector,
    dtype_out_raster: dtypeOutRaster ?? fusedOptions.defaultDtypeOutRaster,
  };
  return { clientId, query: queryText({ ...parameters, ...formats }) };
}

function checkName(place: string, what: string, value: unknown): void {
  if (typeof value === "string" && value.trim() !== "") return;
  throw new TypeError(`fused.core.${place} takes ${what} first; what came is ${JSON.stringify(value)}.`);
}

function checkTile(place: string, options: CoreTileOptions): { x: number; y: number; z: number } {
  const { x, y, z } = readOptions<CoreTileOptions>(options, [...optionNames, "x", "y", "z"], `fused.core.${place}`);
  const { argument } = readTileArgument({ x, y, z }, `fused.core.${place}`);
  if (argument === undefined) {
    throw new UdfParameterError(`fused.core.${place} needs the tile: { x, y, z }.`, { udfName: place });
  }
  return { x, y, z } as { x: number; y: number; z: number };
}
