import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";

const { run } = await openTestKernel();
await run(
  "%%udf box\nexport default (bounds: fused.types.Bounds, label: string = 'a') => [{ west: bounds[0], north: bounds[3], label }]",
);
await run(
  "%%udf shade\nexport default function (tile: fused.types.TileXYZ) {\n" +
    "  return { data: Float32Array.from({ length: 16 }, (_, i) => i / 16), width: 4, height: 4 };\n}",
);

test("%run_tile runs a UDF for a tile and shows it on a map, with a picture and text", async () => {
  const { displays, result, error } = await run("%run_tile shade 13/2411/3079");
  assert.equal(error, "");
  assert.equal(displays.length, 1);
  assert.match(String(displays[0]!["text/plain"]), /13\/2411\/3079/);
  assert.ok(displays[0]!["image/png"]);
  assert.equal(result, undefined, "what has been shown is not shown again");
});

test("the value of %run_tile is the UDF's", async () => {
  const { error } = await run("const rows = %run_tile box 13/2411/3079 label=b");
  assert.equal(error, "");
  assert.equal((await run("rows")).error, "");
  assert.equal(
    (await run("JSON.stringify(rows)")).result,
    `'[{"west":-74.0478515625,"north":40.74725696280421,"label":"b"}]'`,
  );
});

test("a tile by point, and a box", async () => {
  await run("const a = %run_tile box --lat 40.73 --lng -74.02 --z 13");
  assert.equal((await run("a[0].west")).result, "-74.0478515625");
  const { displays, error } = await run("const b = %run_tile box --bounds -77.3,38.4,-77.2,38.5");
  assert.equal(error, "");
  assert.equal(displays.length, 1);
  assert.equal((await run("b[0].west")).result, "-77.3");
});

test("--domain and --palette say how floats are coloured; without them floats outside 0 to 1 bring a hint", async () => {
  await run(
    "%%udf height\nexport default (bounds: fused.types.Bounds) => ({ data: Float32Array.of(0, 100, 200, 300), width: 2, height: 2 })",
  );
  const shown = async (line: string) => {
    const { displays, error } = await run(line);
    assert.equal(error, "");
    return displays[0]!;
  };
  const domainOf = (data: Record<string, unknown>) =>
    (data["application/vnd.fused.map+json"] as { layers: { domain: number[] }[] }).layers[0]!.domain;
  assert.match(String((await shown("%run_tile height 3/1/2"))["text/plain"]), /--domain 0,300/);
  for (const place of ["3/1/2", "--bounds -10,0,10,20"]) {
    const plain = await shown(`%run_tile height ${place} --domain 0,300`);
    assert.doesNotMatch(String(plain["text/plain"]), /domain/);
    assert.deepEqual(domainOf(plain), [0, 300]);
    const coloured = await shown(`%run_tile height ${place} --domain 0,300 --palette viridis`);
    assert.notEqual(coloured["image/png"], plain["image/png"]);
  }
  assert.match((await run("%run_tile height 3/1/2 --domain 3")).error, /--domain takes two numbers/);
  assert.match(
    (await run("%run_tile height 3/1/2 --palette viridi")).error,
    /There is no palette "viridi"\. Did you mean viridis\?/,
  );
});

test("a place that is none is told", async () => {
  assert.match((await run("%run_tile box --bounds -10,0,10,1300")).stderr, /latitude 1300 is no place on Earth/);
  assert.match((await run("%run_tile box --lat 10 --lng 5000 --z 3")).stderr, /longitude 5000 is no place/);
  assert.match((await run("%run_tile box --lat 1300 --lng 5 --z 3")).error, /Latitude 1300 has no tile/);
});

test("values of the notebook are filled in with ${…}", async () => {
  await run("const z = 3");
  assert.equal((await run("const c = %run_tile box ${z}/1/2")).error, "");
  assert.equal((await run("c[0].west")).result, "-135");
});

test("wrong input: each says what was wrong, and the kernel lives on", async () => {
  const error = async (line: string) => (await run(line)).error;
  assert.match(await error("%run_tile shad 1/0/0"), /there is no UDF shad\. Did you mean shade\?/);
  assert.match(await error("%run_tile"), /which UDF\?/);
  assert.match(await error("%run_tile box"), /needs a tile/);
  assert.match(await error("%run_tile box 3/9/1"), /x 9 is out of range: at zoom 3 it is 0 to 7/);
  assert.match(await error("%run_tile box 3/1"), /a tile is z\/x\/y/);
  assert.match(await error("%run_tile box 3/1/1 --lat 3"), /more than one place/);
  assert.match(await error("%run_tile box --lat 3 --z 2"), /--lng is missing/);
  assert.match(await error("%run_tile box --bounds 1,2,3"), /has 3/);
  assert.match(await error("%run_tile box 1/0/0 colour=red"), /no parameter colour/);
  assert.match(await error("%run_tile box 1/0/0 red"), /red is too much/);
  assert.match(await error("%run_tile box 1/0/0 --zoom 3"), /no flag --zoom/);
  await run("const number = 3");
  assert.match(await error("%run_tile number 1/0/0"), /number is no UDF but a number/);
  assert.equal((await run("1 + 1")).result, "2");
});

test("%tile tells where a tile is", async () => {
  const { stdout, displays } = await run("%tile 13/2411/3079");
  assert.match(stdout, /^tile +13\/2411\/3079/);
  assert.match(stdout, /bounds +-74\.0478515625, 40\.713955826286046, -74\.00390625, 40\.74725696280421/);
  assert.match(stdout, /quadkey +0320101101233/);
  assert.ok(displays[0]!["image/png"]);
  assert.match((await run("%tile 37.1,-122,13")).stdout, /13\/1319\/3185/);
  assert.match((await run("%tile -77.34375,38.410558250946075,-77.16796875,38.54816542304658")).stdout, /11\/584\/786/);
  await run("const t = %tile 1/0/1");
  assert.equal((await run("t")).result, "{ x: 0, y: 1, z: 1 }");
  assert.match((await run("%tile 1/0/5")).error, /0 to 1/);
  assert.match((await run("%tile")).error, /needs a tile/);
});
