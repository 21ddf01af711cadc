import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reloadOptions } from "../../fused/options.ts";

/** Gives the tests of a file a cache, data and temporary folder of their own; no settings of the machine count. */
export function ownFolders(): { root: string; cache: string; data: string; temp: string } {
  const root = mkdtempSync(join(tmpdir(), "fused-test-"));
  const folders = { root, cache: join(root, "cache"), data: join(root, "data"), temp: join(root, "temp") };
  process.env["FUSED_SETTINGS_FILE"] = join(root, "settings.toml");
  process.env["FUSED_SECRETS_FILE"] = join(root, "secrets");
  process.env["FUSED_MOUNT_DIRECTORY"] = join(root, "no-mount");
  process.env["FUSED_CACHE_DIRECTORY"] = folders.cache;
  process.env["FUSED_DATA_DIRECTORY"] = folders.data;
  process.env["FUSED_TEMP_DIRECTORY"] = folders.temp;
  reloadOptions();
  return folders;
}

/** Names of the files below a folder that end so. */
export function filesIn(folder: string, ending = ""): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
  } catch {
    return [];
  }
}

/** What is printed while some work is done. */
export async function printed(work: () => Promise<unknown>): Promise<{ log: string[]; warn: string[] }> {
  const { log, warn } = console;
  const said = { log: [] as string[], warn: [] as string[] };
  console.log = (text: string) => void said.log.push(String(text));
  console.warn = (text: string) => void said.warn.push(String(text));
  try {
    await work();
  } finally {
    Object.assign(console, { log, warn });
  }
  return said;
}
