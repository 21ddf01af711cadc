import type { UdfFrame } from "../../engine/udf-frame.ts";
import { decodeFrame } from "../../engine/frame.ts";
import { ageInSeconds } from "../../fused/cache-age.ts";
import type { ServiceContext } from "../context.ts";
import type { Caller } from "../identity/caller.ts";
import type { RunOwner } from "../runs/run-access.ts";
import { findToken, type TokenRow } from "../tokens/token-store.ts";
import { udfByName, udfWithId } from "../udfs/find-udf.ts";
import { frameHash } from "../udfs/read-udf.ts";
import type { UdfRow } from "../udfs/udf-record.ts";

/** A UDF that is ready to run. */
export interface RunnableUdf {
  name: string;
  frame: UdfFrame;
  /** The same bytes at each run, which spares the engine to be told them again. */
  frameBytes: Uint8Array;
  /** What its results are kept under: another with every version. */
  hash: string;
  /** How old a kept result may be, seconds, as the UDF says; undefined: it does not. */
  cacheMaxAge?: number;
}

/** A shared token with what it runs. */
export interface SharedUdf {
  token: TokenRow;
  udf: RunnableUdf;
  row: UdfRow;
  owner: RunOwner;
}

/** For so long a UDF or token that was read is taken as it was, milliseconds: a change on another replica shows after it. */
const fresh = 1000;
const mostKept = 2000;

interface Kept<T> {
  until: number;
  value: Promise<T>;
}

interface KnownUdfs {
  shared: Map<string, Kept<SharedUdf | undefined>>;
  saved: Map<string, Kept<{ udf: RunnableUdf; row: UdfRow }>>;
  /** By hash: a UDF that is read again stays the same object. */
  runnable: Map<string, RunnableUdf>;
}

const known = new WeakMap<ServiceContext, KnownUdfs>();

function knownBy(context: ServiceContext): KnownUdfs {
  let all = known.get(context);
  if (!all) known.set(context, (all = { shared: new Map(), saved: new Map(), runnable: new Map() }));
  return all;
}

function kept<T>(map: Map<string, Kept<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const now = Date.now();
  const found = map.get(key);
  if (found && found.until > now) return found.value;
  if (map.size >= mostKept) map.clear();
  const value = read();
  map.set(key, { until: now + fresh, value });
  value.catch(() => map.delete(key));
  return value;
}

/** What a shared token runs; undefined for one that is not there. */
export function sharedUdf(context: ServiceContext, token: string): Promise<SharedUdf | undefined> {
  return kept(knownBy(context).shared, token, async () => {
    const row = await findToken(context, token);
    const udf = row && (await udfWithId(context.database, row.udf_id));
    if (!row || !udf) return undefined;
    const owner = { userId: row.owner_id, teamId: row.team_id, email: row.owner_email };
    return { token: row, udf: runnableUdf(context, udf), row: udf, owner };
  });
}

/** A saved UDF that a caller may run. @throws HttpError 403, 404 */
export function savedUdf(context: ServiceContext, email: string, idOrName: string, caller: Caller) {
  return kept(knownBy(context).saved, `${caller.userId} ${email} ${idOrName}`, async () => {
    const row = await udfByName(context.database, email, idOrName, caller);
    return { udf: runnableUdf(context, row), row };
  });
}

/** After a UDF was saved or deleted here. */
export function forgetUdf(context: ServiceContext): void {
  const { shared, saved } = knownBy(context);
  shared.clear();
  saved.clear();
}

/** After a token was changed here. */
export function forgetToken(context: ServiceContext, token: string): void {
  knownBy(context).shared.delete(token);
}

function runnableUdf(context: ServiceContext, { frame: bytes }: UdfRow): RunnableUdf {
  return runnableFrame(context, bytes);
}

/** The UDF of a frame. @throws FrameError */
export function runnableFrame(context: ServiceContext, bytes: Uint8Array): RunnableUdf {
  const { runnable } = knownBy(context);
  const hash = frameHash(bytes);
  const same = runnable.get(hash);
  if (same) return same;
  const frame = decodeFrame(bytes);
  const made = { name: frame.name, frame, frameBytes: bytes, hash, cacheMaxAge: ownAge(frame) };
  if (runnable.size >= mostKept) runnable.clear();
  runnable.set(hash, made);
  return made;
}

/** The age that a UDF's metadata names for its results, as `cacheMaxAge` or `cache_max_age`. */
function ownAge({ metadata }: UdfFrame): number | undefined {
  const age = metadata["cacheMaxAge"] ?? metadata["cache_max_age"];
  try {
    return age === undefined || age === null ? undefined : ageInSeconds(age as string);
  } catch {
    return undefined;
  }
}
