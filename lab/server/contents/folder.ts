import { lstat, realpath } from "node:fs/promises";
import { realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { HttpError } from "../http-error.ts";

/** A place in the folder of notebooks, proved to lie in it. */
export interface Place {
  /** As the front end names it: parts joined by "/", none at its ends; empty for the folder itself. */
  apiPath: string;
  /** Name of the last part. */
  name: string;
  /** The real path on the disk, through symlinks that stay in the folder; of something that need not exist yet. */
  path: string;
  /** The same, but where the last part is a symlink, the symlink itself: what a rename or a deletion is about. */
  entry: string;
  /** True where something stands there. */
  exists: boolean;
}

/** The folder that the lab shows, and beyond which nothing can be named. */
export class Folder {
  readonly root: string;
  readonly #platform: NodeJS.Platform;

  /** @throws where there is no such folder */
  constructor(root: string, platform: NodeJS.Platform = process.platform) {
    this.root = realpathSync(root);
    this.#platform = platform;
  }

  /**
   * Finds a place by its path as the front end gives it (decoded).
   * @throws HttpError 400 or 404 for a path that leaves the folder or is hidden; 403 for a symlink that leads out
   */
  async find(apiPath: string): Promise<Place> {
    const parts = partsOf(apiPath, this.#platform);
    const wanted = join(this.root, ...parts);
    const { path, exists } = await this.#resolve(wanted, apiPath);
    const name = parts.at(-1) ?? "";
    const entry = name === "" ? path : join((await this.#resolve(dirname(wanted), apiPath)).path, name);
    return { apiPath: parts.join("/"), name, path, entry, exists };
  }

  /** The same, of something that must be there. @throws HttpError 404 */
  async findExisting(apiPath: string): Promise<Place> {
    const place = await this.find(apiPath);
    if (!place.exists) throw new HttpError(404, `No such file or directory: ${place.apiPath}`);
    return place;
  }

  /** A hidden place beside another one, for checkpoints. @throws HttpError 403 for a symlink that leads out */
  async beside(place: Place, ...parts: string[]): Promise<{ path: string; exists: boolean }> {
    return this.#resolve(join(dirname(place.entry), ...parts), place.apiPath);
  }

  async #resolve(wanted: string, apiPath: string): Promise<{ path: string; exists: boolean }> {
    try {
      return { path: this.#inside(await realpath(wanted), apiPath), exists: true };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENAMETOOLONG") throw new HttpError(400, "that name is too long");
      if (code === "ELOOP") throw new HttpError(403, `${apiPath} is a symlink that leads nowhere`);
      if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    }
    // A symlink whose target is missing: writing through it would make a file where it points.
    if (await lstat(wanted).catch(() => undefined))
      throw new HttpError(403, `${apiPath} is a symlink that leads nowhere`);
    if (wanted === this.root) throw new HttpError(404, "the folder of this lab is gone");
    const parent = await this.#resolve(dirname(wanted), apiPath);
    return { path: join(parent.path, basename(wanted)), exists: false };
  }

  #inside(path: string, apiPath: string): string {
    if (path !== this.root && !path.startsWith(this.root.endsWith(sep) ? this.root : this.root + sep)) {
      throw new HttpError(403, `${apiPath} leads out of the folder of this lab`);
    }
    return path;
  }
}

/** Names that Windows gives to devices, whatever follows a dot. */
const devices = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$)$/i;

/**
 * The parts of a path, each a name that can stand in a folder.
 * @throws HttpError 400 for what cannot; 404 for what is hidden, as if it were not there
 */
export function partsOf(apiPath: string, platform: NodeJS.Platform = process.platform): string[] {
  const parts = apiPath.replace(/^\/+|\/+$/g, "").split("/");
  if (parts.length === 1 && parts[0] === "") return [];
  for (const part of parts) {
    // eslint-disable-next-line no-control-regex
    if (part === "" || part === "." || part === ".." || part.includes("\\") || /[\u0000-\u001f]/.test(part)) {
      throw new HttpError(400, `"${apiPath}" is not a path in the folder of this lab`);
    }
    if (part.startsWith(".")) throw new HttpError(404, `No such file or directory: ${apiPath}`);
    if (platform === "win32") checkWindowsName(part, apiPath);
  }
  return parts;
}

/** Devices, streams (`a:b`), short names (`PROGRA~1`), and ends that Windows takes away lead to other files than they say. */
function checkWindowsName(part: string, apiPath: string): void {
  const stem = part.split(".")[0]!.trimEnd();
  if (/[<>:"|?*]/.test(part) || /[. ]$/.test(part) || devices.test(stem) || /~\d+(\.|$)/.test(part)) {
    throw new HttpError(400, `"${apiPath}": Windows has no file of that name`);
  }
}
