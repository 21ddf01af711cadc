import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import type { HostAccess, StorageFolders } from "../../engine/host-access.ts";
import { optionSource, options } from "../options.ts";

/** Where a disk shared by all runs is mounted: `FUSED_MOUNT_DIRECTORY`, or the product's documented place. */
function mountFolder(): string | undefined {
  const folder = process.env["FUSED_MOUNT_DIRECTORY"] || "/mnt/cache";
  try {
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return undefined;
  }
}

/** The folders of each storage, from the options `cacheDirectory`, `dataDirectory` and `tempDirectory`. */
export function storageFolders(): HostAccess["folders"] {
  const local: StorageFolders = {
    cache: resolve(options.cacheDirectory),
    data: resolve(options.dataDirectory),
    temp: join(resolve(options.tempDirectory), "fused", "files"),
  };
  const folder = mountFolder();
  if (!folder) return { local, auto: local };
  const mount: StorageFolders = {
    cache: join(folder, "cache"),
    data: join(folder, "data"),
    temp: join(folder, "files"),
  };
  const isChosen = (name: string) => optionSource(name) !== "default";
  const auto: StorageFolders = {
    cache: isChosen("cacheDirectory") ? local.cache : mount.cache,
    data: isChosen("dataDirectory") ? local.data : mount.data,
    temp: isChosen("tempDirectory") ? local.temp : mount.temp,
  };
  return { local, mount, auto };
}
