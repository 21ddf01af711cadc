import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const pack = promisify(gzip);

interface Code {
  /** Files that it imports at once. */
  imports: string[];
  packed: Promise<Uint8Array>;
}

const files = new Map<string, Promise<Code>>();

/** dist/widgets/, from the bundled kernel as from its sources. */
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../dist/widgets/" : "./widgets/", import.meta.url);

/**
 * The code that shows displays, for a page that has none of it.
 * @param file of dist/widgets/
 * @param have files that the page has
 * @returns what it needs, each packed with gzip, a file after those that it imports
 * @throws Error where there is no such file
 */
export async function pageCode(
  file: string,
  have: ReadonlySet<string> = new Set(),
): Promise<{ files: string[]; buffers: Uint8Array[] }> {
  const needed = new Map<string, Promise<Uint8Array>>();
  const visit = async (name: string): Promise<void> => {
    if (have.has(name) || needed.has(name)) return;
    const { imports, packed } = await read(name);
    for (const each of imports) await visit(each);
    needed.set(name, packed);
  };
  await visit(file);
  return { files: [...needed.keys()], buffers: await Promise.all(needed.values()) };
}

function read(name: string): Promise<Code> {
  if (!/^[\w-]+\.js$/.test(name)) throw new Error(`"${name}" is no file of the displays' code`);
  const known = files.get(name);
  if (known) return known;
  const code = readFile(new URL(name, folder), "utf8").then((text): Code => ({
    imports: [...text.matchAll(/\b(?:from|import)"\.\/([\w-]+\.js)"/g)].map(([, other]) => other!),
    packed: pack(text, { level: 9 }),
  }));
  files.set(name, code);
  code.catch(() => files.delete(name));
  return code;
}
