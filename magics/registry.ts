import { nearestName } from "../fused/nearest-name.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

const magics = new Map<string, Magic>();

/** Makes a magic known under its name and aliases. A later one of the same name takes its place. */
export function registerMagic(magic: Magic): void {
  for (const name of [magic.name, ...(magic.aliases ?? [])]) magics.set(name, magic);
}

export function findMagic(name: string): Magic | undefined {
  return magics.get(name);
}

/** All magics, once each, by name. */
export function allMagics(): Magic[] {
  return [...new Set(magics.values())].sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * The magic for one use.
 * @throws MagicError naming the nearest magic where there is none of that name, or none of that kind
 */
export function resolveMagic(name: string, kind: "line" | "cell"): Magic {
  const sign = kind === "cell" ? "%%" : "%";
  const magic = magics.get(name);
  if (!magic) {
    if (name === "pip" || name === "conda") {
      throw new MagicError(
        `${sign}${name} installs Python packages. This kernel's come from npm: %npm install PACKAGE.`,
      );
    }
    const nearest = nearestName(name, [...magics.keys()]);
    throw new MagicError(
      `There is no magic ${sign}${name}.${nearest ? ` Did you mean ${sign}${nearest}?` : ""} %lsmagic lists them all.`,
    );
  }
  if (!magic.kinds.includes(kind)) {
    const other = kind === "cell" ? "%" : "%%";
    throw new MagicError(
      kind === "cell"
        ? `%${name} is a line magic: write ${other}${name} with one percent sign.`
        : `%%${name} is a cell magic: write ${other}${name} as the first line of a cell.`,
    );
  }
  return magic;
}
