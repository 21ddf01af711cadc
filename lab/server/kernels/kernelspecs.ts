import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findKernelspec, listKernelspecs } from "../../../kernelspec/find.ts";
import type { FoundKernelspec } from "../../../kernelspec/find.ts";
import { defaultName, kernelJson } from "../../../kernelspec/kernel-json.ts";
import { kernelspecLaunch, ownLaunch } from "../../../kernelspec/kernel-process.ts";
import type { KernelLaunch } from "../../../kernelspec/kernel-process.ts";
import { packageRoot } from "../../../kernelspec/package-root.ts";
import { HttpError } from "../http-error.ts";

/** Our own kernel comes first and needs no installation; after it what Jupyter would find on this machine. */
function allKernelspecs(): FoundKernelspec[] {
  return [ownKernelspec(), ...listKernelspecs().filter(({ name }) => name !== defaultName)];
}

function ownKernelspec(): FoundKernelspec {
  return { name: defaultName, folder: join(packageRoot, "kernelspec"), spec: kernelJson() };
}

/** The answer of /api/kernelspecs. */
export function kernelspecsModel(): Record<string, unknown> {
  const models = allKernelspecs().map((found) => [found.name, kernelspecModel(found)]);
  return { default: defaultName, kernelspecs: Object.fromEntries(models) };
}

/** @throws HttpError 404 */
export function kernelspecModelOf(name: string): Record<string, unknown> {
  return kernelspecModel(find(name));
}

function kernelspecModel({ name, folder, spec }: FoundKernelspec): Record<string, unknown> {
  const resources = resourceFiles(folder).map((file) => [
    file.replace(/\.[^.]*$/, ""),
    `/kernelspecs/${encodeURIComponent(name)}/${encodeURIComponent(file)}`,
  ]);
  // The front end has no use for the environment, which may hold secrets.
  return { name, spec: { ...spec, env: {} }, resources: Object.fromEntries(resources) };
}

/** Path of a kernelspec's logo or front-end script. @throws HttpError 404 for everything else */
export function resourcePath(name: string, file: string): string {
  const { folder } = find(name);
  if (!resourceFiles(folder).includes(file)) throw new HttpError(404, `kernelspec ${name} has no ${file}`);
  return join(folder, file);
}

function resourceFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => /^logo-.*\.(png|svg|jpe?g)$|^kernel\.(js|css)$/.test(file));
  } catch {
    return [];
  }
}

/**
 * How to start the kernel of this name.
 * @param env added to the kernel's environment
 * @throws HttpError 404 naming what there is
 */
export function launchOf(name: string | undefined, cwd: string, env: Record<string, string>): KernelLaunch {
  if (name === undefined || name === defaultName) return ownLaunch(cwd, env);
  return kernelspecLaunch(find(name), cwd, env);
}

function find(name: string): FoundKernelspec {
  let found: FoundKernelspec | undefined;
  // The name is part of a path.
  if (/^[\w.-]+$/.test(name) && !/^\.+$/.test(name))
    found = name === defaultName ? ownKernelspec() : findKernelspec(name);
  if (found) return found;
  const known = allKernelspecs().map((each) => each.name);
  throw new HttpError(404, `there is no kernel "${name}"; there are: ${known.join(", ")}`);
}
