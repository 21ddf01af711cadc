import { download as downloadFile } from "../../engine/files/download.ts";
import { filePath as pathOfFile } from "../../engine/files/file-path.ts";
import { resolveFileUrl } from "../../engine/files/file-url.ts";
import { openUrl } from "../../engine/files/open-url.ts";
import type { StorageName } from "../../engine/host-access.ts";
import { storageFolder } from "../../engine/host-access.ts";
import { storageFolders } from "../cache/storage.ts";
import { cellSignal } from "../cell-hooks.ts";
import { options } from "../options.ts";
import { readOptions } from "../option-names.ts";
import { serviceIsConfigured } from "../run-engine.ts";
import { openTransferProgress } from "./progress.ts";

export interface DownloadOptions {
  /** Where the file is kept. Default `auto`: the mounted disk where there is one, else this machine. */
  storage?: StorageName;
  /** Fetch anew although the file is there. */
  overwrite?: boolean;
  signal?: AbortSignal;
}

export interface FilePathOptions {
  /** Default true: make the directories. */
  mkdir?: boolean;
  storage?: StorageName;
}

/**
 * Downloads a file once and gives its path; when it is there already it is given at once (fused-spec.md 11). Of many callers,
 * also in other processes, one downloads and the others wait.
 * @param url https://, http://, s3:// and gs:// (public objects), fd:// (the option `fdPrefix`)
 * @param path relative, e.g. `"demo/data.csv"`
 * @throws FilePathError for a path that is not relative; DownloadError; TypeError for another scheme
 */
export async function download(url: string | URL, path: string, given?: DownloadOptions): Promise<string> {
  const read = readOptions<DownloadOptions>(given, ["storage", "overwrite", "signal"], "fused.download");
  const { storage = options.cacheStorage, overwrite, signal } = read;
  const progress = openTransferProgress(path);
  const signals = [signal, cellSignal()].filter((each) => each !== undefined);
  try {
    return await downloadFile({
      url: await fileAddress(url),
      folder: storageFolder(storageFolders(), storage, "data"),
      path,
      open: openUrl,
      warn: (text) => console.warn(text),
      overwrite,
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }
}

/** The http(s) address of a file. `fd://` is the service's folder, unless the option `fdPrefix` says another place. */
async function fileAddress(url: string | URL): Promise<URL> {
  const isOfService = /^fd:\/\//i.test(String(url)) && options.fdPrefix === null && serviceIsConfigured();
  if (!isOfService) return resolveFileUrl(url, options.fdPrefix);
  const { api } = await import("../api/index.ts");
  return new URL(await api.signUrl(String(url)));
}

/**
 * The absolute path for a file of one's own, below the temporary folder, with its directories made. What nobody asks for in
 * 12 hours is removed. A last part without a suffix is a directory.
 * @throws FilePathError for a path that is not relative
 */
export async function filePath(path: string, given?: FilePathOptions): Promise<string> {
  const read = readOptions<FilePathOptions>(given, ["mkdir", "storage"], "fused.filePath");
  const { mkdir = true, storage = options.cacheStorage } = read;
  return pathOfFile(storageFolder(storageFolders(), storage, "temp"), path, mkdir);
}
