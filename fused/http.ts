import { addressOf } from "./api/service.ts";
import { queryText, UdfAccessToken } from "./api/udf-access-token.ts";
import { readOptions } from "./option-names.ts";
import { options } from "./options.ts";
import { udfState } from "./udf-state.ts";

export interface EndpointOptions {
  /** A tile; `true` gives the template with `{z}/{x}/{y}` that map libraries take. */
  tile?: { x: number; y: number; z: number } | true;
  /** Format of the answer: `csv`, `png`, `geojson`, … */
  format?: string;
  /** Values of the UDF's parameters. */
  params?: Record<string, unknown>;
}

/**
 * The address at which a UDF answers (fused-spec.md 18.1): of a shared token for everybody, of a saved UDF (`email/name`, or one that
 * was loaded or saved under an account) for who sends a log-in with it.
 * @throws TypeError for what has no address
 */
export function url(target: unknown, given?: EndpointOptions): string {
  const { tile, format, params } = readOptions<EndpointOptions>(given, ["tile", "format", "params"], "fused.http.url");
  const service = addressOf(options.baseUrl, undefined);
  const place = tile === true ? "{z}/{x}/{y}" : tile && `${tile.z}/${tile.x}/${tile.y}`;
  const query = queryText({ ...params, format });
  const end = query === "" ? "" : `?${query}`;
  const token = target instanceof UdfAccessToken ? target.reveal() : target;
  if (typeof token === "string" && /^fsh_[\w-]+$/.test(token)) {
    return `${service.sharedUdfBaseUrl}/${token}/run/${place ? `tiles/${place}` : "file"}${end}`;
  }
  const saved = savedPath(target);
  const client = encodeURIComponent(options.realtimeClientId ?? "basic-tier");
  return `${service.baseUrl}/realtime/${client}/api/v1/run/udf/saved/${place ? "tiles/" : ""}${saved}${place ? `/${place}` : ""}${end}`;
}

function savedPath(target: unknown): string {
  const place = udfState(target)?.loaded?.place ?? target;
  const [, email, name] = /^([^/\s]+@[^/\s]+)\/(.+)$/.exec(typeof place === "string" ? place : "") ?? [];
  if (email !== undefined) return `${encodeURIComponent(email)}/${encodeURIComponent(name!)}`;
  throw new TypeError(
    "fused.http.url takes a shared token (await udf.createAccessToken()), email/name, or a UDF that was loaded so.",
  );
}
