import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, mock, test } from "node:test";
import { tableFromArrays, type Table } from "apache-arrow";
import fused from "../../fused/index.ts";
import { closeEngine, localEngine } from "../../fused/run-engine.ts";
import { setLogSink } from "../../fused/run-logs.ts";
import { filesIn, ownFolders, printed } from "./cache-folder.ts";

const folders = ownFolders();
const { udf, run, submit, options, cache } = fused;
const calls = new Map<string, number>();
const server = createServer((request, response) => {
  const count = (calls.get(request.url!) ?? 0) + 1;
  calls.set(request.url!, count);
  if (request.url === "/cancelled" && count === 1) stop.abort();
  else response.end(String(count));
});
/** Ends the run that is the first to ask for /cancelled. */
const stop = new AbortController();
let origin: string;
let network: { allowPrivate: string[] };

before(async () => {
  await Promise.all([localEngine(), new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens))]);
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  network = { allowPrivate: [`127.0.0.1:${port}`] };
  options.verboseCachedFunctions = false;
});
after(async () => {
  server.close();
  await closeEngine();
});

/** A UDF that counts its runs at the server. */
const counting = (name: string) =>
  udf("async (url: string, n: int = 1) => ({ n, count: Number(await (await fetch(url)).text()) })", { name });

test("F118 a run within the age is a hit, after it a miss; the default is 90 days", async () => {
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    const count = counting("aged");
    const ask = (more = {}) => run<{ count: number }>(count, { url: `${origin}/aged` }, { network, ...more });
    assert.equal((await ask()).count, 1);
    mock.timers.tick(89 * 86_400_000);
    assert.equal((await ask()).count, 1);
    mock.timers.tick(2 * 86_400_000);
    assert.equal((await ask()).count, 2);
    mock.timers.tick(61_000);
    assert.equal((await ask({ cacheMaxAge: "2m" })).count, 2);
    assert.equal((await ask({ cacheMaxAge: "1m" })).count, 3);
  } finally {
    mock.timers.reset();
  }
});

test("F118 code and parameters are the key: white space counts, defaults and text that means the same do not", async () => {
  const url = `${origin}/key`;
  const one = udf("async (url: string, n: int = 1) => Number(await (await fetch(url)).text())", { name: "key" });
  const same = udf("async (url: string, n: int = 1) => Number(await (await fetch(url)).text())", { name: "key" });
  const other = udf("async (url: string, n: int = 1) =>  Number(await (await fetch(url)).text())", { name: "key" });
  const ask = (fn: typeof one, params = {}) => run(fn, { url, ...params }, { network });
  assert.deepEqual(
    [await ask(one), await ask(same), await ask(one, { n: 2 }), await ask(one, { n: "2" }), await ask(other)],
    [1, 1, 2, 2, 3],
  );
});

test("F118 a table and what the run printed come back; the long form says that it was a hit", async () => {
  const lines: string[] = [];
  setLogSink(({ text }) => void lines.push(text));
  const makes = udf(
    "async () => { console.log('made'); const { tableFromArrays } = await import('apache-arrow'); return tableFromArrays({ a: Float64Array.of(1, 2) }); }",
  );
  const first = await run.response(makes);
  const second = await run.response(makes);
  assert.deepEqual([first.cacheHit, second.cacheHit], [false, true]);
  assert.equal(second.stdout, "made\n");
  assert.deepEqual(lines, ["made\n", "made\n"]);
  assert.deepEqual((second.data as Table).toArray().map(String), (first.data as Table).toArray().map(String));
  setLogSink();
});

test("F119 localEngineCache off: local runs are neither taken from the cache nor kept", async () => {
  const count = counting("off");
  const ask = () => run<{ count: number }>(count, { url: `${origin}/off` }, { network });
  options.localEngineCache = false;
  assert.deepEqual([(await ask()).count, (await ask()).count], [1, 2]);
  options.localEngineCache = true;
  assert.deepEqual([(await ask()).count, (await ask()).count], [3, 3]);
});

test("F120 the call ranks above the UDF, the UDF above the default; cache: false is an age of 0", async () => {
  const table: [own: object, call: object, isKept: boolean][] = [
    [{}, {}, true],
    [{ cacheMaxAge: 0 }, {}, false],
    [{ cacheMaxAge: 0 }, { cacheMaxAge: "1h" }, true],
    [{ cacheMaxAge: "1h" }, { cacheMaxAge: "0s" }, false],
    [{ cacheMaxAge: "1h" }, { cache: false }, false],
    [{ cacheMaxAge: 0 }, { cache: true }, false],
  ];
  for (const [i, [own, call, isKept]] of table.entries()) {
    const count = udf("async (url: string) => Number(await (await fetch(url)).text())", { name: `rank${i}`, ...own });
    const ask = () => run(count, { url: `${origin}/rank/${i}` }, { network, ...call });
    assert.deepEqual([await ask(), await ask()], isKept ? [1, 1] : [1, 2], JSON.stringify([own, call]));
  }
});

test("results of runs that read local files are not kept, unless an age is given: the files may change", async () => {
  const path = join(folders.root, "changing.txt");
  const read = udf("async (path: string) => new TextDecoder().decode(await fused.readFile(path))", {
    name: "read",
    files: [folders.root],
  });
  writeFileSync(path, "old");
  assert.deepEqual([await read({ path }), await read.run({ path }, { cacheMaxAge: "1h" })], ["old", "old"]);
  writeFileSync(path, "new");
  assert.deepEqual([await read({ path }), await read.run({ path }, { cacheMaxAge: "1h" })], ["new", "old"]);
});

test("F120 errors are never kept; a value that describes an error is one like any", async () => {
  const fails = udf("() => { throw new Error(String(Math.random())); }");
  const text = async () => String(await run(fails).catch((error: Error) => error.message)).split("\n")[0];
  assert.notEqual(await text(), await text());
  const caught = udf("() => ({ error: String(Math.random()) })");
  assert.deepEqual(await run(caught), await run(caught));
});

test("F120 invalidateCache forgets a UDF's results, or those of one tile; deleteCache all of them", async () => {
  const count = udf("async (bounds: fused.types.Bounds, url: string) => Number(await (await fetch(url)).text())", {
    name: "tiles",
  });
  const ask = (x: number) => run(count, { url: `${origin}/tile/${x}` }, { x, y: 1, z: 2, network });
  await Promise.all([ask(0), ask(1)]);
  await count.invalidateCache({ x: 0, y: 1, z: 2 });
  assert.deepEqual([await ask(0), await ask(1)], [2, 1]);
  await assert.rejects(count.invalidateCache({ x: 0 }), { name: "UdfParameterError", status: 422 });
  await count.deleteCache();
  assert.deepEqual([await ask(0), await ask(1)], [3, 2]);
});

test("F120 a hit says how old it is, where runs are verbose", async () => {
  const one = udf("() => 1", { name: "one" });
  options.verboseCachedFunctions = true;
  const said = await printed(async () => {
    await run(one);
    await run(one);
    await run(one, {}, { verbose: false });
  });
  options.verboseCachedFunctions = false;
  assert.deepEqual(said.log, ["one: cached, 0 s old"]);
});

test("F089 the second identical submit starts no runs, of the pool neither; cache: false starts all", async () => {
  const count = counting("fan");
  const urls = ["a", "b", "c"].map((name) => `${origin}/fan/${name}`);
  const first = await submit(count, urls, { network });
  await cache.clear({ kind: "udf", name: "nobody" });
  assert.deepEqual(await submit(count, urls, { network }), first);
  const pool = count.map(urls, { network });
  await pool.wait();
  assert.deepEqual(
    urls.map((url) => calls.get(new URL(url).pathname)),
    [1, 1, 1],
  );
  await submit(count, urls, { network, cache: false });
  assert.deepEqual(
    urls.map((url) => calls.get(new URL(url).pathname)),
    [2, 2, 2],
  );
});

test("the same run many times at once runs once, and one that was cancelled is not kept", async () => {
  const slow = udf(
    "async (url: string) => { await new Promise((go) => setTimeout(go, 80)); return Number(await (await fetch(url)).text()); }",
  );
  const url = `${origin}/once`;
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => run(slow, { url }, { network }))), [1, 1, 1]);
  const cancelled = run(slow, { url: `${origin}/cancelled` }, { network, signal: stop.signal });
  await assert.rejects(cancelled, /The run was cancelled/);
  assert.equal(await run(slow, { url: `${origin}/cancelled` }, { network }), 2);
});

test("results of tables as parameters are told apart by what is in them", async () => {
  const sum = udf("(t: fused.types.DataFrame) => ({ rows: t.numRows, at: Math.random() })");
  const ask = (...values: number[]) => run(sum, { t: tableFromArrays({ v: Float64Array.from(values) }) });
  assert.deepEqual(await ask(1, 2), await ask(1, 2));
  assert.notDeepEqual(await ask(1, 2), await ask(1, 3));
  assert.ok(filesIn(folders.cache, ".fused").every((name) => name.startsWith("udf")));
});
