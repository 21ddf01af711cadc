import assert from "node:assert/strict";
import { test } from "node:test";
import { mapChunks } from "./map-chunks.ts";

test("a page with a map fetches less than 450 KiB of code, gzipped, and layers that few maps have only with these", () => {
  const chunks = mapChunks();
  const sizes = chunks.map(({ size }) => size);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 450 * 1024, `${sizes.join(" + ")} bytes`);
  const inputs = chunks.flatMap((chunk) => chunk.inputs);
  assert.deepEqual(
    inputs.filter((path) => /h3-js|@deck\.gl\/json|hexagon-layer|contour-layer/.test(path)),
    [],
  );
});
