import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packageRoot } from "../../kernelspec/package-root.ts";

/** A file of code that pages fetch. */
export interface Chunk {
  /** Bytes, gzipped. */
  size: number;
  /** Modules that it was made of. */
  inputs: string[];
}

interface Output {
  entryPoint?: string;
  imports: { path: string; kind: string }[];
  inputs: Record<string, unknown>;
}

/** What a page with a map fetches before it draws: the loader's part, the map's, and what these import statically. */
export function mapChunks(): Chunk[] {
  const metafile = readFileSync(join(packageRoot, "dist", "widgets", "metafile.json"), "utf8");
  const { outputs } = JSON.parse(metafile) as { outputs: Record<string, Output> };
  const needed = new Set<string>();
  const visit = (path: string): void => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const each of outputs[path]!.imports) if (each.kind === "import-statement") visit(each.path);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (/^(widgets\/front\/index|widgets\/map\/front\/index)\.ts$/.test(entryPoint ?? "")) visit(path);
  }
  return [...needed].map((path) => ({
    size: gzipSync(readFileSync(join(packageRoot, path)), { level: 9 }).length,
    inputs: Object.keys(outputs[path]!.inputs),
  }));
}
