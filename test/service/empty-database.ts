import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openPglite } from "../../service/database/pglite.ts";

/** An empty embedded database takes seconds to make and a moment to copy: it is made once on a machine. */
const template = join(tmpdir(), `fused-pglite-${pgliteVersion()}-${process.getuid?.() ?? 0}`);

/** Puts an empty database where a service with this data folder looks for it. */
export async function copyEmptyDatabase(dataFolder: string): Promise<void> {
  if (!existsSync(template)) await makeTemplate();
  cpSync(template, join(dataFolder, "database"), { recursive: true });
}

async function makeTemplate(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fused-pglite-"));
  await (await openPglite(folder)).close();
  try {
    // Whole or not at all; another test may have been first.
    renameSync(join(folder, "database"), template);
  } catch (error) {
    if (!existsSync(template)) throw error;
  }
  rmSync(folder, { recursive: true, force: true });
}

function pgliteVersion(): string {
  const main = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const manifest = readFileSync(join(dirname(dirname(main)), "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
