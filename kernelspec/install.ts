import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { builtKernel } from "./argv.ts";
import { installExtensions, removeExtensions, type JupyterFolders } from "./extensions.ts";
import { listKernelspecs, readKernelspec } from "./find.ts";
import { activePrefix, prefixConfigDir, prefixDataDir, userConfigDir, userDataDir } from "./jupyter-paths.ts";
import { defaultName, isOurs, kernelJson, sandboxName, type SpecOptions } from "./kernel-json.ts";
import { packageRoot } from "./package-root.ts";

/** Where a kernelspec goes: the user's own directory (default), the active Python environment's, or a prefix's. */
export interface Place {
  user?: boolean;
  sysPrefix?: boolean;
  prefix?: string;
}

export interface InstallOptions extends Place, SpecOptions {
  /** Default: `fused-ts`, of the sandbox `fused-ts-sandbox`. */
  name?: string;
}

/** A request that cannot be met, with what to do next in its message. */
export class KernelspecError extends Error {
  override name = "KernelspecError";
}

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/**
 * Writes the kernelspec, whole or not at all; one of ours that stands there is replaced. Beside it go the extensions with
 * which JupyterLab and Notebook show live displays.
 * @returns the kernelspec's folder
 * @throws KernelspecError for a bad name or place, an unbuilt package, or another kernel of that name
 */
export function install(options: InstallOptions = {}): string {
  checkHosts(options);
  const folder = kernelspecFolder(options, options.name ?? nameOf(options));
  if (!existsSync(builtKernel)) {
    throw new KernelspecError(`${builtKernel} is missing: the package has not been built.\nRun: npm run build`);
  }
  refuseOthers(folder, "Choose another name: --name NAME");

  // Beside kernels/, not in it: Jupyter would list a half-written folder.
  const dataDir = dirname(dirname(folder));
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(join(dataDir, ".fused-kernel-"));
  try {
    const spec = join(fresh, "spec");
    mkdirSync(spec);
    writeFileSync(join(spec, "kernel.json"), `${JSON.stringify(kernelJson(options), null, 1)}\n`);
    for (const logo of logos) copyFileSync(join(packageRoot, "kernelspec", logo), join(spec, logo));
    if (existsSync(folder)) renameSync(folder, join(fresh, "previous"));
    renameSync(spec, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  installExtensions(jupyterFolders(options));
  return folder;
}

/**
 * Removes a kernelspec that `install` wrote; with the last one of ours also the extensions beside it.
 * @returns the folder that is gone
 * @throws KernelspecError where there is none, or where it is another kernel's
 */
export function uninstall(options: Place & { name?: string; sandbox?: boolean } = {}): string {
  const name = options.name ?? nameOf(options);
  const folder = kernelspecFolder(options, name);
  if (!existsSync(folder)) {
    throw new KernelspecError(
      `no kernelspec at ${folder}\nName its place as when installing: --user, --sys-prefix or --prefix DIR, and --name`,
    );
  }
  refuseOthers(folder, `Remove it by hand, or: jupyter kernelspec remove ${name}`);
  rmSync(folder, { recursive: true });
  const place = jupyterFolders(options);
  if (!listKernelspecs([place.data]).some(({ spec }) => isOurs(spec))) removeExtensions(place);
  return folder;
}

const nameOf = ({ sandbox }: { sandbox?: boolean }): string => (sandbox ? sandboxName : defaultName);

function checkHosts({ sandbox, allowHosts = [], allowPrivateHosts = [] }: SpecOptions): void {
  const hosts = [...allowHosts, ...allowPrivateHosts];
  if (hosts.length > 0 && !sandbox) {
    throw new KernelspecError(
      "--allow-host is for a sandboxed kernel: add --sandbox. Other notebooks reach every host.",
    );
  }
  for (const host of hosts) {
    const parsed = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
    if (parsed?.host !== host.toLowerCase() && `${parsed?.host}:80` !== host.toLowerCase()) {
      throw new KernelspecError(
        `"${host}" is not a host: write a name or an address, with a port where one is meant, for example example.com:8080`,
      );
    }
  }
}

/** The folder a kernelspec of this name has in this place. */
function kernelspecFolder(place: Place, name: string = defaultName): string {
  // The rule of jupyter_client.kernelspec: letters of either case, kept in lower case.
  if (!/^[a-z0-9._-]+$/i.test(name) || name === "." || name === "..") {
    const lower = name.toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
    throw new KernelspecError(
      `"${name}" is not a kernel name: only letters, digits, ".", "_" and "-" may stand in it, for example "${lower}"`,
    );
  }
  return join(jupyterFolders(place).data, "kernels", name.toLowerCase());
}

function jupyterFolders({ user, sysPrefix, prefix }: Place): JupyterFolders {
  if ([user, sysPrefix, prefix !== undefined].filter(Boolean).length > 1) {
    throw new KernelspecError("--user, --sys-prefix and --prefix exclude one another: give one");
  }
  const below = (root: string) => ({ data: prefixDataDir(root), config: prefixConfigDir(root) });
  if (prefix !== undefined) return below(resolve(prefix));
  if (!sysPrefix) return { data: userDataDir(), config: userConfigDir() };
  const active = activePrefix();
  if (active === undefined) {
    throw new KernelspecError(
      "--sys-prefix: no Python environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set).\n" +
        "Activate one, or give its folder: --prefix \"$(python3 -c 'import sys; print(sys.prefix)')\"",
    );
  }
  return below(active);
}

function refuseOthers(folder: string, next: string): void {
  if (!existsSync(folder)) return;
  const there = readKernelspec("", folder);
  if (there && !isOurs(there.spec)) {
    throw new KernelspecError(`${folder} is another kernel's ("${there.spec.display_name}").\n${next}`);
  }
}
