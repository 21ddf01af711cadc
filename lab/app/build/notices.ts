import type { Metafile } from "esbuild";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "./app-folder.ts";

/** What may go into the bundle: licences that ask for a notice and no more. */
const accepted = new Set([
  "MIT",
  "ISC",
  "0BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "(MPL-2.0 OR Apache-2.0)",
  "(CC-BY-4.0 AND OFL-1.1 AND MIT)",
]);

interface BundledPackage {
  name: string;
  version: string;
  licence: string;
  text: string;
}

/**
 * The notices of everything that went into the bundle, by what the bundler says went in: a text once, below the packages
 * that it stands for.
 * @param metafiles what the bundler said, and the folder that its paths begin in
 * @throws for a package whose licence nobody has looked at
 */
export function notices(metafiles: { metafile: Metafile; base: string }[]): string {
  const packages = new Map<string, BundledPackage>();
  for (const folder of metafiles.flatMap(packageFolders)) {
    const found = bundledPackage(folder);
    packages.set(`${found.name}@${found.version}`, found);
  }
  const byText = Map.groupBy(
    [...packages.values()].sort((a, b) => a.name.localeCompare(b.name)),
    ({ text }) => text,
  );
  const parts = [...byText].map(([text, those]) => {
    const names = those.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join("\n")}\n\n${text}\n`;
  });
  return [
    "What is bundled in the lab, and the licences that it comes under\n",
    ...parts.map((part) => `${"-".repeat(80)}\n\n${part}`),
  ].join("\n");
}

/** `…/node_modules/@scope/name` for every file that is part of some output. */
function packageFolders({ metafile: { outputs }, base }: { metafile: Metafile; base: string }): string[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(outputs))
    for (const input of Object.keys(inputs)) {
      const [, folder] = /^(?:[\w-]+:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
      if (folder !== undefined && !folder.startsWith("(disabled)")) folders.add(join(base, folder));
    }
  return [...folders];
}

function bundledPackage(folder: string): BundledPackage {
  const { name, version, license, licenses, author } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as {
    name: string;
    version: string;
    license?: string;
    licenses?: { type: string }[];
    author?: string | { name: string };
  };
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const own = files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
  const named = license ?? licenses?.map(({ type }) => type).join(" AND ");
  const licence = named ?? (/\bMIT\b/.test(own) ? "MIT" : "none");
  if (!accepted.has(licence)) {
    throw new Error(`${name} ${version} is under ${licence}: look at what it asks for, see lab/app/build/notices.ts`);
  }
  if (own !== "") return { name, version, licence, text: own };

  // A package that ships no text: the licence's own, with the holder that the package names.
  const text = join(appFolder, "licences", `${licence}.txt`);
  if (!existsSync(text))
    throw new Error(`${name} ${version} ships no text of ${licence}: put it into lab/app/licences/`);
  const by = typeof author === "object" ? author.name : author;
  const holder = /^@(jupyterlab|jupyter|lumino|jupyter-widgets)\//.test(name) ? "Project Jupyter Contributors" : by;
  return {
    name,
    version,
    licence,
    text: `Copyright (c) ${holder ?? `the authors of ${name}`}\n\n${readFileSync(text, "utf8").trim()}`,
  };
}
