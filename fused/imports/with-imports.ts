import { statSync } from "node:fs";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import { predefinedPackages } from "../packages.ts";
import { bundlePackage, isNodeModule } from "./bundle-package.ts";
import { importedNames } from "./imported-names.ts";
import { isFileName, readLocalModules } from "./local-modules.ts";
import type { ImportPlace } from "./module-folder.ts";
import type { TravellingModule } from "./refused-module.ts";

interface Kept {
  folder: string;
  /** Local files that went along, with the time of their last change. */
  stamps: Map<string, number>;
  packages: string[];
  bundles: (TravellingModule | undefined)[];
  frame: UdfFrame;
}
const kept = new WeakMap<UdfFrame, Kept>();

/**
 * The frame with all that its source imports: local files go along as header modules, and so do packages of the folder's
 * node_modules. Predefined packages and headers that it has already stay as they are. The same frame comes back as long
 * as nothing has changed.
 * @param place where the imports are looked for
 */
export async function withImports(frame: UdfFrame, place: ImportPlace): Promise<UdfFrame> {
  const names = travellingNames(frame);
  if (names.length === 0) return frame;
  const { folder } = place;
  const before = kept.get(frame);
  if (before && before.folder === folder && (await isSame(before))) return before.frame;
  const local = readLocalModules(names.filter(isFileName), place);
  const packages = packagesOf([...names, ...local.packages], frame, place);
  const bundles = await Promise.all(packages.map((name) => bundlePackage(name, folder)));
  const modules = [...local.modules, ...bundles.filter((each) => each !== undefined)];
  const headers = modules.map(({ moduleName, source }) => ({ moduleName, source }));
  const whole = modules.length > 0 ? { ...frame, headers: [...frame.headers, ...headers] } : frame;
  kept.set(frame, { folder, stamps: local.stamps, packages, bundles, frame: whole });
  return whole;
}

async function isSame({ folder, stamps, packages, bundles }: Kept): Promise<boolean> {
  for (const [path, time] of stamps) {
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) !== time) return false;
  }
  const now = await Promise.all(packages.map((name) => bundlePackage(name, folder)));
  return now.every((each, i) => each === bundles[i]);
}

/** The local files that a UDF imports, as modules: what is saved along with it. */
export function localModules(frame: UdfFrame, place: ImportPlace): TravellingModule[] {
  return readLocalModules(travellingNames(frame).filter(isFileName), place).modules;
}

/** What keeps imports of a UDF from travelling, by their names. */
export async function importProblems(frame: UdfFrame, place: ImportPlace): Promise<Map<string, string | undefined>> {
  const local = readLocalModules(travellingNames(frame).filter(isFileName), place);
  const packages = packagesOf([...travellingNames(frame), ...local.packages], frame, place);
  const bundles = await Promise.all(packages.map((name) => bundlePackage(name, place.folder)));
  const modules = [...local.modules, ...bundles.filter((each) => each !== undefined)];
  return new Map(modules.map(({ moduleName, problem }) => [moduleName, problem]));
}

function packagesOf(names: string[], frame: UdfFrame, place: ImportPlace): string[] {
  return place.packages ? [...new Set(names)].filter((name) => isPackage(name, frame)) : [];
}

function travellingNames(frame: UdfFrame): string[] {
  return importedNames(frame).filter((name) => isPackage(name, frame) || (isFileName(name) && !isHeader(name, frame)));
}

function isPackage(name: string, frame: UdfFrame): boolean {
  const isPredefined =
    (predefinedPackages as readonly string[]).includes(name) || /^(vega-datasets|world-atlas)(\/|$)/.test(name);
  return (
    !isPredefined &&
    !isFileName(name) &&
    !isNodeModule(name) &&
    !isHeader(name, frame) &&
    !/^\w+:|(^|\/)\.\.(\/|$)/.test(name)
  );
}

function isHeader(name: string, { headers }: UdfFrame): boolean {
  return headers.some(({ moduleName }) => moduleName === name);
}
