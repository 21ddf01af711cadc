import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userDataDir } from "../../kernelspec/jupyter-paths.ts";

/**
 * Where the lab keeps what belongs to the user and not to a folder of notebooks: settings, workspaces, keys. Beside
 * Jupyter's own data, not in it: an installed JupyterLab keeps its settings.
 */
export function defaultStateFolder(): string {
  return process.env.FUSED_LAB_STATE_DIRECTORY || join(userDataDir(), "fused-kernel-lab");
}

/** The folder, which only this user can read. */
export function openStateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** A key of 32 random bytes that stays the same from run to run, in a file that only this user can read. */
export function keyFile(folder: string, name: string): Buffer {
  const path = join(folder, name);
  try {
    writeFileSync(path, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    chmodSync(path, 0o600);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "hex");
  if (key.length !== 32) throw new Error(`${path} is not a key of the lab: remove it, and a new one is made`);
  return key;
}
