import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { packageRoot } from "../../kernelspec/package-root.ts";

interface Output {
  entryPoint?: string;
  imports: { path: string; kind: string }[];
  inputs: Record<string, unknown>;
}

test("a page with a map fetches less than 450 KiB of code, gzipped, and layers that few maps have only with these", () => {
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
  const sizes = [...needed].map((path) => gzipSync(readFileSync(join(packageRoot, path))).length);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 450 * 1024, `${sizes.join(" + ")} bytes`);
  const inputs = [...needed].flatMap((path) => Object.keys(outputs[path]!.inputs));
  assert.deepEqual(
    inputs.filter((path) => /h3-js|@deck\.gl\/json|hexagon-layer|contour-layer/.test(path)),
    [],
  );
});
