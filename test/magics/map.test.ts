import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";

const { run, interrupted } = await openTestKernel();
await run("%%udf square\nexport default (n: int) => n * n");
await run("%%udf odd\nexport default (n: int) => { if (n % 2) return n; throw new Error(n + ' is even'); }");
await run(
  "%%udf shade\nexport default (bounds: fused.types.Bounds) => ({ data: Float32Array.of(0.1, 0.2, 0.3, 0.4), width: 2, height: 2 })",
);

test("%map over a list shows one progress display and a table, and its value is the pool", async () => {
  const { displays, error } = await run("const pool = %map square [1, 2, 3]");
  assert.equal(error, "");
  assert.match(String(displays[0]!["text/plain"]), /square/);
  const texts = displays.map((data) => String(data["text/plain"]));
  assert.ok(
    texts.some((text) => /3 of 3/.test(text)),
    texts.join("\n"),
  );
  assert.ok(
    texts.some((text) => /result/.test(text)),
    texts.join("\n"),
  );
  assert.equal((await run("await pool.results()")).result, "[ 1, 4, 9 ]");
});

test("the list is any expression of the notebook; flags stand before or after it", async () => {
  await run("const numbers = [4, 5]");
  assert.equal((await run("const a = %map square numbers.map((n) => ({ n: n + 1 })) --max-workers 1")).error, "");
  assert.equal((await run("await a.results()")).result, "[ 25, 36 ]");
  assert.equal((await run("const b = %map square --max-workers=2 [\n  1,\n  2,\n]")).error, "");
  assert.equal((await run("b.length")).result, "2");
});

test("a failed run stops it with the run's number and arguments; --ignore-exceptions leaves it out", async () => {
  const { error } = await run("%map odd [1, 2, 3]");
  assert.match(error, /Error: 2 is even/);
  assert.match(error, /run 1 of the pool, with \{"n":2\}/);
  const { stderr, displays, error: none } = await run("%map odd [1, 2, 3] --ignore-exceptions");
  assert.equal(none, "");
  assert.match(stderr, /1 of 3 runs gave no result/);
  assert.ok(displays.some((data) => /2 is even/.test(String(data["text/plain"]))));
});

test("%map alone shows the UDF as a map of at most sixteen tiles", async () => {
  const { displays, error } = await run("%map shade");
  assert.equal(error, "");
  const picture = displays.find((data) => data["image/png"])!;
  assert.match(String(picture["text/plain"]), /shade: 16 tiles/);
  assert.equal((await run("%map shade --bounds -10,35,30,60 --zoom 3")).error, "");
});

test("%map: features of all tiles share their colours; --domain sets the ends", async () => {
  await run(
    "%%udf dots\nexport default (tile: fused.types.TileXYZ) => { const [w, s, e, n] = tile.bounds(); " +
      "return { type: 'FeatureCollection', features: [{ type: 'Feature', properties: { depth: tile.x * 10 }, " +
      "geometry: { type: 'Point', coordinates: [(w + e) / 2, (s + n) / 2] } }] }; }",
  );
  const domains = async (line: string) => {
    const { displays, error } = await run(line);
    assert.equal(error, "");
    const mime = "application/vnd.fused.map+json";
    const spec = displays.find((data) => data[mime])![mime] as { layers: { domain: number[] }[] };
    return [...new Set(spec.layers.map(({ domain }) => String(domain)))];
  };
  assert.deepEqual(await domains("%map dots --zoom 2"), ["0,30"]);
  assert.deepEqual(await domains("%map dots --zoom 2 --domain 0,100"), ["0,100"]);
  assert.match((await run("%map dots --bounds -10,0,10,1300")).stderr, /latitude 1300 is no place on Earth/);
});

test("wrong input: each says what was wrong", async () => {
  const error = async (line: string) => (await run(line)).error;
  assert.match(await error("%map squar [1]"), /Did you mean square\?/);
  assert.match(await error("%map square 5"), /%map runs square over a list; what came is the number 5/);
  assert.match(await error("%map square"), /square takes no tile/);
  assert.match(await error("%map square [1] --max-worker 3"), /Did you mean --max-workers\?/);
  assert.match(await error("%map square [1] --max-workers many"), /takes a number/);
  assert.match(await error("%map shade --zoom 9"), /at most 16/);
  assert.match(await error("%map square missing"), /missing is not defined/);
  assert.match((await run("%map --help")).stdout, /^%map NAME/);
});

test("a pool lives on when the cell that waits for it is interrupted", async () => {
  await run("%%udf slow\nexport default (ms: int) => new Promise((resolve) => setTimeout(() => resolve(ms), ms))");
  await run("const long = slow.map([700, 701, 702, 703], { maxWorkers: 2 })");
  const { status, stderr, milliseconds } = await interrupted("await long.wait()");
  assert.equal(status, "error");
  assert.match(stderr, /4 runs of the pool go on/);
  assert.ok(milliseconds < 500, `${milliseconds} ms`);
  assert.equal((await run("await long.results()")).result, "[ 700, 701, 702, 703 ]");
});
