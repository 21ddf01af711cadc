import type { Match } from "./completions.ts";
import { importableFromNode, importableFromPackages } from "./importable-names.ts";

/** Fewer letters than this could begin too many names. */
const fewestLetters = 3;
const most = 12;
const packageNames = new URL("./importable.json", import.meta.url);

/**
 * Completions that bring their import along. A reply can only replace the word itself, so at the start of a line the
 * import stands on a line before it; elsewhere the name is taken out of the module in place.
 * @param word what has been typed
 * @param lineStart the text of the line before the word
 * @param offered names that the server knows how to import
 * @param taken names that exist already
 */
export function autoImports(
  word: string,
  lineStart: string,
  offered: { name: string; module: string }[],
  taken: ReadonlySet<string>,
): Match[] {
  if (word.length < fewestLetters) return [];
  const found = new Map<string, string>();
  for (const { name, module } of [
    ...importableFromNode(word),
    ...offered,
    ...importableFromPackages(word, packageNames),
  ]) {
    if (!name.startsWith(word) || taken.has(name) || found.has(name)) continue;
    found.set(name, module);
  }
  const names = [...found].sort(([a], [b]) => a.length - b.length || a.localeCompare(b)).slice(0, most);
  return names.map(([name, module]) => ({
    text:
      lineStart.trim() === ""
        ? `import { ${name} } from "${module}";\n${lineStart}${name}`
        : `(await import("${module}")).${name}`,
    type: "module",
    signature: `import from ${module}`,
  }));
}
