import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Signatures } from "../lab/server/contents/signatures.ts";
import { defaultStateFolder, openStateFolder } from "../lab/server/state-folder.ts";

/** In the folder of copies: for each tutorial, the hash of what was copied last. */
const recordName = ".tutorials.json";

/** Tutorials that changed in the repository while their copy has been changed by its reader, too. */
export type Kept = string[];

/**
 * Copies the tutorials to a folder in which their reader may do what he likes. A copy that he has changed is his: it stays
 * as it is, also when the tutorial has changed since; one that he has deleted comes back. Copies are trusted, because they
 * came with the repository: what a tutorial shows with scripts is shown at once.
 * @returns copies that are older than their tutorial, and were kept
 */
export async function copyTutorials(from: string, to: string, stateFolder: string): Promise<Kept> {
  mkdirSync(to, { recursive: true });
  const path = join(to, recordName);
  const record = (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {}) as Record<string, string>;
  const signatures = new Signatures(openStateFolder(stateFolder));
  const kept: Kept = [];
  for (const name of readdirSync(from)
    .filter((file) => file.endsWith(".ipynb"))
    .sort()) {
    const tutorial = readFileSync(join(from, name));
    const copy = join(to, name);
    const present = existsSync(copy) ? hashOf(readFileSync(copy)) : undefined;
    const wanted = hashOf(tutorial);
    if (present !== undefined && present !== wanted && present !== record[name]) {
      if (record[name] !== wanted) kept.push(name);
      continue;
    }
    if (present !== wanted) writeFileSync(copy, tutorial);
    record[name] = wanted;
    await signatures.add(tutorial);
  }
  writeFileSync(path, `${JSON.stringify(record, null, 1)}\n`);
  return kept;
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

if (import.meta.main) {
  const [from, to] = process.argv.slice(2);
  for (const name of await copyTutorials(from!, to!, defaultStateFolder()))
    console.log(
      `${name}: the tutorial has changed, and so have you: yours was kept. Delete ${join(to!, name)} for the new one.`,
    );
}
