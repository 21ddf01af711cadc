import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";
import { openGate } from "../fixtures/gate.ts";

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

test("a pool lives on when the cell that waits for it is interrupted", async (t) => {
  const gate = await openGate({ isOpen: false });
  t.after(() => gate.close());
  await run(`%%udf slow\nexport default async (n: int) => (await fetch("http://${gate.host}/"), n)`);
  await run(`const long = slow.map([1, 2, 3, 4], { maxWorkers: 2, network: { allowPrivate: ["${gate.host}"] } })`);
  const { status, stderr } = await interrupted("await long.wait()");
  assert.equal(status, "error");
  assert.match(stderr, /4 runs of the pool go on/);
  gate.open();
  assert.equal((await run("await long.results()")).result, "[ 1, 2, 3, 4 ]");
});

test("the progress of a map's picture that takes long stands where the map comes, and nothing else is left", async () => {
  await run(
    "%%udf lazy\nexport default async (bounds: fused.types.Bounds) => { await new Promise((go) => setTimeout(go, 1200)); " +
      "return { data: Float32Array.of(0.1, 0.2, 0.3, 0.4), width: 2, height: 2 }; }",
  );
  for (const code of [
    "%map lazy",
    "fused.map({ data: lazy }, { zoom: 1, center: [3, 4] })",
    "await display(fused.map(lazy))",
  ]) {
    const { messages, error } = await run(code);
    assert.equal(error, "");
    const shown = messages.filter(({ header }) => /display_data|execute_result/.test(header.msg_type));
    const [first, ...others] = shown.map(({ header, content }) => ({ type: header.msg_type, ...content })) as {
      type: string;
      data: Record<string, unknown>;
      transient: { display_id: string };
    }[];
    if (others.length > 0) assert.match(String(first!.data["text/plain"]), /lazy: \d+ of \d+/);
    assert.deepEqual([...new Set(others.map(({ type }) => type))], others.length > 0 ? ["update_display_data"] : []);
    assert.equal(new Set(shown.map(({ content }) => (content.transient as { display_id: string }).display_id)).size, 1);
    assert.ok((others.at(-1) ?? first)!.data["image/png"], code);
  }
  const kept = await run("const kept = fused.map({ data: lazy })\nkept");
  assert.ok(kept.displays.at(-1)!["image/png"]);
  const again = await run("kept");
  assert.deepEqual(
    again.messages.filter(({ header }) => /display/.test(header.msg_type)).map(({ header }) => header.msg_type),
    ["display_data"],
    "shown once more it is a display of its own",
  );
});
