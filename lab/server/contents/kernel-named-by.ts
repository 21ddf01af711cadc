import { readFile, stat } from "node:fs/promises";
import type { Folder } from "./folder.ts";
import { typeOf } from "./models.ts";

/** Bytes; a larger notebook takes so long to be read that its kernel can start afterwards. */
const quicklyRead = 2e6;

/**
 * The kernel that a notebook's metadata names; undefined where it names none, or is none.
 * @throws where it cannot be read
 */
export async function kernelNamedBy(folder: Folder, apiPath: string): Promise<string | undefined> {
  if (typeOf(apiPath) !== "notebook") return undefined;
  const { path } = await folder.findExisting(apiPath);
  if ((await stat(path)).size > quicklyRead) return undefined;
  const { metadata } = JSON.parse(await readFile(path, "utf8")) as { metadata?: { kernelspec?: { name?: unknown } } };
  const name = metadata?.kernelspec?.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}
