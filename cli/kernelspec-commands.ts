import { install, uninstall } from "../kernelspec/install.ts";
import { defaultDisplayName, defaultName } from "../kernelspec/kernel-json.ts";
import { parseArguments } from "./arguments.ts";

const placeOptions = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string" },
} as const;

const placeHelp = `      --user            this user's Jupyter directory (default)
      --sys-prefix      the active Python environment (VIRTUAL_ENV or CONDA_PREFIX)
      --prefix DIR      DIR/share/jupyter/kernels
      --name NAME       name of the kernelspec (default ${defaultName})`;

export const installHelp = `Usage: fused-kernel install [options]

Makes the kernel known to Jupyter: writes a kernelspec that starts this copy of the package with the Node it runs in.

${placeHelp}
      --display-name S  what front ends show (default ${defaultDisplayName})`;

export const uninstallHelp = `Usage: fused-kernel uninstall [options]

Removes a kernelspec that install wrote. Name its place as when installing.

${placeHelp}`;

/** `fused-kernel install` */
export async function installCommand(words: string[]): Promise<number> {
  const { values } = parseArguments(words, { ...placeOptions, "display-name": { type: "string" } }, []);
  const { "sys-prefix": sysPrefix, "display-name": displayName, ...rest } = values;
  console.log(`installed ${displayName ?? defaultDisplayName} in ${install({ ...rest, sysPrefix, displayName })}`);
  return 0;
}

/** `fused-kernel uninstall` */
export async function uninstallCommand(words: string[]): Promise<number> {
  const { values } = parseArguments(words, placeOptions, []);
  const { "sys-prefix": sysPrefix, ...rest } = values;
  console.log(`removed ${uninstall({ ...rest, sysPrefix })}`);
  return 0;
}
