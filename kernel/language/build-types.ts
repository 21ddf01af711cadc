import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { predefinedPackages } from "../../engine/packages.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Writes what the language service reads beside the bundles: `types/`, the declarations of the SDK, and
 * `importable.json`, the names that the predefined packages export. Part of the build.
 */
export async function buildLanguageData(outdir: string): Promise<void> {
  await Promise.all([emitDeclarations(outdir), writeImportable(outdir)]);
}

async function emitDeclarations(outdir: string): Promise<void> {
  const types = join(outdir, "types");
  await rm(types, { recursive: true, force: true });
  const config = join(outdir, "tsconfig.types.json");
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: types, rootDir: root };
  const files = ["fused/index.ts", "fused/types.ts", "widgets/displays.ts"].map((path) => join(root, path));
  await writeFile(
    config,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }),
  );
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  // Declarations are written in spite of type errors, which are not the build's to tell.
  await promisify(execFile)(process.execPath, [tsc, "-p", config]).catch(() => {});
  await rm(config);
}

async function writeImportable(outdir: string): Promise<void> {
  const entries = predefinedPackages.map(async (name) => {
    const names = Object.keys((await import(name)) as object).filter((each) => each !== "default");
    return [name, names.sort()] as const;
  });
  await writeFile(join(outdir, "importable.json"), JSON.stringify(Object.fromEntries(await Promise.all(entries))));
}
