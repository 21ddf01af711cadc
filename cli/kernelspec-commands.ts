import { install, uninstall } from "../kernelspec/install.ts";
import { defaultDisplayName, defaultName, sandboxDisplayName, sandboxName } from "../kernelspec/kernel-json.ts";
import { parseArguments } from "./arguments.ts";

const placeOptions = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string" },
  sandbox: { type: "boolean" },
} as const;

const placeHelp = `      --user            this user's Jupyter directory (default)
      --sys-prefix      the active Python environment (VIRTUAL_ENV or CONDA_PREFIX)
      --prefix DIR      DIR/share/jupyter/kernels
      --name NAME       name of the kernelspec (default ${defaultName}, with --sandbox ${sandboxName})
      --sandbox         the kernel for notebooks that you do not trust`;

export const installHelp = `Usage: fused-kernel install [options]

Makes the kernel known to Jupyter: writes a kernelspec that starts this copy of the package with the Node it runs in.

${placeHelp}
      --display-name S  what front ends show (default ${defaultDisplayName})
      --allow-host HOST              with --sandbox: a host that notebooks may reach without asking; may be repeated
      --allow-private-host HOST      the same for a host with an address of this computer or its network`;

export const uninstallHelp = `Usage: fused-kernel uninstall [options]

Removes a kernelspec that install wrote. Name its place as when installing.

${placeHelp}`;

/** `fused-kernel install` */
export async function installCommand(words: string[]): Promise<number> {
  const hosts = { type: "string", multiple: true } as const;
  const own = { "display-name": { type: "string" }, "allow-host": hosts, "allow-private-host": hosts } as const;
  const { values } = parseArguments(words, { ...placeOptions, ...own }, []);
  const { "sys-prefix": sysPrefix, "display-name": displayName, ...named } = values;
  const { "allow-host": allowHosts, "allow-private-host": allowPrivateHosts, ...rest } = named;
  const folder = install({ ...rest, sysPrefix, displayName, allowHosts, allowPrivateHosts });
  console.log(`installed ${displayName ?? (rest.sandbox ? sandboxDisplayName : defaultDisplayName)} in ${folder}`);
  return 0;
}

/** `fused-kernel uninstall` */
export async function uninstallCommand(words: string[]): Promise<number> {
  const { values } = parseArguments(words, placeOptions, []);
  const { "sys-prefix": sysPrefix, ...rest } = values;
  console.log(`removed ${uninstall({ ...rest, sysPrefix })}`);
  return 0;
}
