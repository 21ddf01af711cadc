import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";

const { run } = await openTestKernel();
await run("%%udf twice n:int=1\nif (n > 90) throw new RangeError(n + ' is too large');\nreturn n * 2;");
await run(
  "%%udf places\nexport default (bounds: fused.types.Bounds, n: int = 1) => [{ west: bounds[0], n }, { west: bounds[0], n }]",
);
await run("fused.options.localEngineCache = false; undefined");
const text = async (code: string) => (await run(code)).result;

test("F189 each magic prints its usage with --help, and does nothing else", async () => {
  const lines = ["%udf", "%run_udf", "%run_tile", "%map", "%pool", "%job", "%jobs", "%tile", "%fused"];
  const cells = ["%%udf", "%%fused", "%%map_udf"];
  for (const use of [...lines.map((line) => `${line} --help`), ...cells.map((cell) => `${cell} --help\nnonsense(`)]) {
    const { stdout, error, displays } = await run(use);
    assert.equal(error, "", use);
    assert.match(stdout, new RegExp(`${/%+\w+/.exec(use)![0]}\\b`), use);
    assert.equal(displays.length, 0, use);
  }
});

test("F189 each magic names the nearest flag to one that it does not have", async () => {
  for (const [use, nearest] of [
    ["%run_udf twice --engin local", "engine"],
    ["%%map_udf twice --max-worker 2\n[1]", "max-workers"],
    ["%run_tile places 1/0/0 --timeuot 3", "timeout"],
    ["%map twice [1] --zom 3", "zoom"],
    ["%%udf other --cache-max-agee 3\nreturn 1", "cache-max-age"],
    ["%tile 1/0/0 --bound 3", "bounds"],
  ])
    assert.match((await run(use!)).error, new RegExp(`Did you mean --${nearest}\\?`), use);
});

test("F189 %run_udf is NAME.run(parameters, options)", async () => {
  assert.equal((await run("const a = %run_udf twice n=4")).error, "");
  assert.equal(await text("a === await twice.run({ n: 4 })"), "true");
  assert.match(String((await run("%run_udf twice n=4")).displays[0]!["text/plain"]), /8/);
  for (const [flag, options] of [
    ["--tile 3/1/2", "{ z: 3, x: 1, y: 2 }"],
    ["--latlng 40.7,-74,10", "{ lat: 40.7, lng: -74, z: 10 }"],
    ["--bounds -10,0,10,20", "{ bounds: [-10, 0, 10, 20] }"],
  ]) {
    assert.equal((await run(`const b = %run_udf places n=2 ${flag}`)).error, "", flag);
    assert.equal(
      await text(`JSON.stringify(b) === JSON.stringify(await places.run({ n: 2 }, ${options}))`),
      "true",
      flag,
    );
  }
  assert.equal((await run("%run_udf places --tile 1/0/0 --format csv")).stdout, "west,n\n-180,1\n-180,1\n");
  assert.match((await run("%run_udf places --tile 1/0/0 --latlng 1,2,3")).error, /more than one place/);
  assert.match((await run("%run_udf twice 4")).error, /4 is too much: parameters are written name=value/);
  assert.match((await run("%run_udf twise")).error, /no UDF twise\. Did you mean twice\?/);
});

test("F189 --files lets the runs of a UDF read a folder, on the line of %%udf or of the run", async () => {
  await run("require('node:fs').mkdirSync('data'); require('node:fs').writeFileSync('data/a.txt', 'hello')");
  const body = "return new TextDecoder().decode(await fused.readFile('data/a.txt'));";
  await run(`%%udf reads --files data\n${body}`);
  assert.equal(await text("await reads()"), "'hello'");
  await run(`%%udf asks\n${body}`);
  const refused = (await run("await asks()")).error;
  assert.match(refused, /may not read .*a\.txt.*files: \["\."\].*--files \./s);
  await run("const read = %run_udf asks --files ./data,./other");
  assert.equal(await text("read"), "'hello'");
});

test("F189 %run_tile is NAME.run with a tile, %map is NAME.map, %tile is fused.tiles", async () => {
  await run("const c = %run_tile places 3/1/2 n=5");
  assert.equal(
    await text("JSON.stringify(c) === JSON.stringify(await places.run({ n: 5 }, { z: 3, x: 1, y: 2 }))"),
    "true",
  );
  await run("const d = %map twice [1, 2, 3]");
  assert.equal(await text("String(await d.results()) === String(await twice.map([1, 2, 3]).results())"), "true");
  await run("const e = %tile 3/1/2");
  assert.equal(await text("JSON.stringify(e) === JSON.stringify({ x: 1, y: 2, z: 3 })"), "true");
});

test("F189 %%map_udf is NAME.map over the cell's expression; --pool names the pool for %pool", async () => {
  const shown = await run("%%map_udf twice --max-workers 2\nArray.from({ length: 4 }, (_, i) => i)");
  assert.equal(shown.error, "");
  assert.ok(shown.displays.some((data) => /4 rows/.test(String(data["text/plain"]))));
  assert.equal((await run("%%map_udf twice --pool mine\n[1, 99, 3]")).error, "");
  await run("await mine.wait({ progress: false }); undefined");
  assert.match((await run("%pool mine status")).stdout, /2 success, 1 error/);
  assert.equal(await text("mine.status().error"), "1");
  assert.match((await run("%pool mine errors")).stdout, /^run 1 \{"n":99\}: RangeError: 99 is too large/);
  assert.match((await run("%pool mine retry")).stdout, /1 runs go again/);
  assert.match((await run("%pool mine cancel")).stdout, /runs are cancelled/);
  assert.match((await run("%pool mine cancle")).error, /%pool has no cancle\. Did you mean cancel\?/);
  assert.match((await run("%pool twice status")).error, /twice is no pool/);
  assert.match((await run("%%map_udf twice\n5")).error, /runs twice over a list; what came is the number 5/);
  assert.match((await run("%%map_udf twice\n")).error, /has no list below/);
});

test("F189 %job and %jobs say that they need a log-in, and what they do not understand", async () => {
  assert.match((await run("%job 1234 status")).error, /Nobody is logged in.*%login/);
  assert.match((await run("%jobs")).error, /Nobody is logged in.*%login/);
  assert.match((await run("%job")).error, /%job needs the job's id/);
  assert.match(
    (await run("%job undefined tail")).error,
    /needs the job's id, and this is undefined: job.jobId, or %jobs/,
  );
  assert.match((await run("%job ''")).error, /%job needs the job's id, and this is '':/);
  assert.match((await run("%job 1234 stop")).error, /%job has status, .*, not stop/);
});
