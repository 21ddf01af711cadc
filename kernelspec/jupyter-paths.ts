import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * Where Jupyter keeps and looks for data, per platform.
 * Rules: https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 */

/** What the rules depend on; tests give their own. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  platform: NodeJS.Platform;
  home: string;
}

const ours: Surroundings = { env: process.env, platform: process.platform, home: homedir() };

/** The user's own Jupyter data directory. */
export function userDataDir({ env, platform, home }: Surroundings = ours): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") {
    return env.APPDATA ? join(env.APPDATA, "jupyter") : join(home, ".jupyter", "data");
  }
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** The user's own Jupyter configuration. */
export function userConfigDir({ env, home }: Surroundings = ours): string {
  return env.JUPYTER_CONFIG_DIR || join(home, ".jupyter");
}

/** The configuration of a prefix such as `/usr/local` or a virtual environment. */
export function prefixConfigDir(prefix: string): string {
  return join(prefix, "etc", "jupyter");
}

/** The data directory of a prefix such as `/usr/local` or a virtual environment. */
export function prefixDataDir(prefix: string): string {
  return join(prefix, "share", "jupyter");
}

/** Prefix of the Python environment that is active in this shell; undefined where none is. */
export function activePrefix({ env }: Surroundings = ours): string | undefined {
  return env.VIRTUAL_ENV || env.CONDA_PREFIX || undefined;
}

/** Every directory in which Jupyter looks for `kernels/NAME`, first wins. */
export function dataPath(where: Surroundings = ours): string[] {
  const { env, platform } = where;
  const paths = env.JUPYTER_PATH ? env.JUPYTER_PATH.split(delimiter).filter(Boolean) : [];
  paths.push(userDataDir(where));
  const prefix = activePrefix(where);
  if (prefix) paths.push(prefixDataDir(prefix));
  if (platform === "win32") {
    if (env.PROGRAMDATA) paths.push(join(env.PROGRAMDATA, "jupyter"));
  } else {
    paths.push("/usr/local/share/jupyter", "/usr/share/jupyter");
  }
  return [...new Set(paths)];
}
