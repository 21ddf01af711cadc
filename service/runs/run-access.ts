import { join } from "node:path";
import type { HostAccess, RunContext, StorageFolders } from "../../engine/host-access.ts";
import type { NetworkPermission } from "../../engine/run-types.ts";
import { functionCacheAge } from "../../fused/cache/usual-age.ts";
import { options } from "../../fused/options.ts";
import type { ServiceContext } from "../context.ts";
import { runFilesUrl } from "../files/signed-url.ts";
import { secretsOf } from "../secrets/secret-store.ts";

/** Who a run belongs to: whose secrets and files it has. Of a shared UDF its owner, whoever calls it. */
export interface RunOwner {
  userId: string;
  teamId: string;
  email: string;
}

export interface RunAccess {
  access: HostAccess;
  network: NetworkPermission;
}

type Place = Exclude<RunContext["place"], "local">;

/** How long a change of secrets on another replica may go unseen, milliseconds. */
const freshMilliseconds = 5000;
const mostKept = 1000;
const kept = new WeakMap<ServiceContext, Map<string, { until: number; found: Promise<RunAccess> }>>();

/**
 * What a run on the service may work with: its team's cache, data and temporary folders, its team's and owner's secrets, and
 * `fd://` for its team's files. The same objects for a few seconds, which spares the engine to be told them again.
 */
export async function runAccess(context: ServiceContext, owner: RunOwner, place: Place): Promise<RunAccess> {
  const all = kept.get(context) ?? new Map<string, { until: number; found: Promise<RunAccess> }>();
  kept.set(context, all);
  const key = `${place} ${owner.userId} ${owner.teamId} ${owner.email}`;
  const known = all.get(key);
  if (known && known.until > Date.now()) return known.found;
  if (all.size >= mostKept) all.clear();
  const found = makeAccess(context, owner, place);
  all.set(key, { until: Date.now() + freshMilliseconds, found });
  found.catch(() => all.delete(key));
  return found;
}

/** Forgets what runs were given, after a secret has changed here. */
export function forgetAccess(context: ServiceContext): void {
  kept.delete(context);
}

async function makeAccess(context: ServiceContext, owner: RunOwner, place: Place): Promise<RunAccess> {
  const { settings, database, keys, localUrl } = context;
  const folders = teamFolders(settings.dataFolder, owner.teamId);
  const files = runFilesUrl(keys, localUrl, owner.teamId);
  const access: HostAccess = {
    folders: { auto: folders, local: folders, mount: folders, object: folders },
    secrets: await secretsOf(database, keys, owner),
    masked: [files.signature],
    context: {
      headers: {},
      recursionFactor: options.maxRecursionFactor,
      realtimeClientId: null,
      userEmail: owner.email,
      place,
    },
    cache: { maxAge: functionCacheAge(), verbose: false, storage: "auto" },
    rowGroupBatchSize: options.rowGroupBatchSize,
    fdPrefix: files.url,
  };
  return { access, network: { allowPrivate: [...settings.allowPrivate, hostAndPort(new URL(localUrl))] } };
}

/** With its port also where that is the usual one: a host without port would open all that listens there. */
function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

/** Folders that runs of one team share, and those of no other team see. */
function teamFolders(dataFolder: string, teamId: string): StorageFolders {
  const folder = join(dataFolder, "teams", teamId);
  return { cache: join(folder, "cache"), data: join(folder, "data"), temp: join(folder, "temp") };
}
