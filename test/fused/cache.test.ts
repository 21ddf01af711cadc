import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mock, test } from "node:test";
import { Table, tableFromArrays, vectorFromArray } from "apache-arrow";
import { cache } from "../../fused/cache/index.ts";
import { options } from "../../fused/options.ts";
import { udf } from "../../fused/udf.ts";
import { filesIn, ownFolders, printed } from "./cache-folder.ts";
import { waitFor } from "../wait-for.ts";

const folders = ownFolders();
options.verboseCachedFunctions = false;

/** Runs calls of a function and says how often its body ran. */
function counted() {
  let runs = 0;
  return { ran: () => runs, run: () => ++runs };
}

test("F110 the second call with the same arguments does not execute the body; null and undefined are hits too", async () => {
  const count = counted();
  const twice = cache(async (x: number) => (count.run(), x * 2));
  assert.deepEqual([await twice(3), await twice(3), await twice(4)], [6, 6, 8]);
  assert.equal(count.ran(), 2);
  for (const nothing of [null, undefined]) {
    const none = counted();
    const empty = cache(async (_which: unknown) => (none.run(), nothing), { cacheVersion: String(nothing) });
    assert.deepEqual([await empty(1), await empty(1), none.ran()], [nothing, nothing, 1]);
  }
});

test("F110 every family of value comes back as it was: tables, arrays, Maps, Sets, dates, bigints", async () => {
  const value = {
    rows: [{ a: 1 }],
    floats: Float32Array.of(1.5, NaN),
    map: new Map([["k", 1n]]),
    set: new Set([1, "x"]),
    at: new Date(5),
    id: 2n ** 60n,
    text: "ünï \u{1f5fa}",
  };
  const all = cache(async () => value, { cacheVersion: "all" });
  await all();
  assert.deepEqual(await all(), value);
  const table = cache(async () => tableFromArrays({ id: BigInt64Array.of(1n, 2n ** 60n) }));
  await table();
  assert.equal((await table()).getChild("id")!.get(1), 2n ** 60n);
});

test("F111 ages: strings with a unit, whole seconds; anything else is refused", async () => {
  for (const age of ["30s", "10m", "24h", "7d", 60, 0, "0s"]) cache(async () => 1, { cacheMaxAge: age });
  for (const age of ["soon", "1.5h", "-1s", "1w", "10 m", "", -1, 1.5, null]) {
    assert.throws(
      () => cache(async () => 1, { cacheMaxAge: age as string }),
      /cacheMaxAge is an age such as "30s"/,
      String(age),
    );
  }
  const count = counted();
  const off = cache(async () => count.run(), { cacheMaxAge: "0s" });
  await off();
  await off();
  assert.equal(count.ran(), 2, "0 neither reads nor keeps");
});

test("F111 the age of this call counts from the entry's creation, also when the clock is set back", async () => {
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  try {
    const count = counted();
    const hourly = cache(async () => count.run(), { cacheMaxAge: "1h" });
    await hourly();
    mock.timers.tick(59 * 60_000);
    assert.equal(await hourly(), 1);
    assert.equal(await hourly.with({ cacheMaxAge: "10m" })(), 2, "too old for this call");
    mock.timers.tick(61 * 60_000);
    assert.equal(await hourly(), 3);
    mock.timers.setTime(Date.now() - 86_400_000);
    assert.equal(await hourly(), 4, "an entry of tomorrow is none");
  } finally {
    mock.timers.reset();
  }
});

test("F112 another body, value or type misses; an outer variable, bound defaults and order of keys hit", async () => {
  const count = counted();
  let outer = 1;
  const f = cache(async (x: unknown, y = 2) => (count.run(), [x, y, outer]));
  await f(1);
  outer = 5;
  await f(1, 2);
  await f(1, undefined);
  assert.equal(count.ran(), 1);
  await f("1");
  await f(true);
  await f(1n);
  assert.equal(count.ran(), 4);
  await f({ a: 1, b: [2] });
  await f({ b: [2], a: 1 });
  await f(
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
  );
  await f(
    new Map([
      ["b", 2],
      ["a", 1],
    ]),
  );
  await f(new Set([1, 2]));
  await f(new Set([2, 1]));
  await f(new Date(7));
  await f(new Date(7));
  assert.equal(count.ran(), 8);
  const other = cache(async (x: unknown, y = 2) => (count.run(), [x, y, outer, "changed"]));
  await other(1);
  assert.equal(count.ran(), 9);
});

test("F112 named arguments: defaults of the pattern's members are filled in", async () => {
  const count = counted();
  const named = cache(async ({ x, y = 2 }: { x: number; y?: number }) => (count.run(), x + y));
  await named({ x: 1 });
  await named({ y: 2, x: 1 });
  assert.equal(count.ran(), 1);
  await named({ x: 1, y: 3 });
  assert.equal(count.ran(), 2);
});

test("F112 tables are compared by content: batches make no difference, values, names and types do", async () => {
  const count = counted();
  const rows = cache(async (table: Table) => (count.run(), table.numRows));
  const column = (values: (number | null)[]) => vectorFromArray(values);
  const whole = new Table({ a: column([1, 2, null, 4]) });
  const halves = new Table({ a: column([1, 2]) }).concat(new Table({ a: column([null, 4]) }));
  assert.equal(halves.batches.length, 2);
  await rows(whole);
  await rows(halves);
  assert.equal(count.ran(), 1);
  await rows(new Table({ a: column([1, 2, null, 5]) }));
  await rows(new Table({ b: column([1, 2, null, 4]) }));
  await rows(tableFromArrays({ a: Int32Array.of(1, 2, 3, 4) }));
  await rows(tableFromArrays({ a: Float32Array.of(1, 2, 3, 4) }));
  assert.equal(count.ran(), 5);
  const words = (...values: string[]) => tableFromArrays({ w: values });
  await rows(words("ab", "c"));
  await rows(words("a", "bc"));
  assert.equal(count.ran(), 7);
});

test("F112 a Udf argument is its code; what has no content is refused with the argument's name", async () => {
  const count = counted();
  const uses = cache(async (fn: unknown, _conn?: unknown) => (count.run(), String(typeof fn)));
  await uses(udf("() => 1"));
  await uses(udf("() => 1"));
  await uses(udf("() => 2"));
  assert.equal(count.ran(), 2);
  await assert.rejects(
    uses({ deep: [Promise.resolve()] }),
    /the argument fn\.deep\[0\] of .* is a Promise.*cacheKeyExclude: \["fn"\]/,
  );
  await assert.rejects(uses(1, new WeakMap()), /argument _conn/);
  await assert.rejects(cache(Math.max as (x: number) => number)(1), /native or bound function/);
  await assert.rejects(cache(async () => (function* () {})())(), /generator/);
  await assert.rejects(cache(async () => ({ fn: () => 1 }))(), /cannot be kept/);
});

test("F113 cacheKeyExclude: an excluded argument makes no difference, also inside a pattern", async () => {
  const count = counted();
  const load = cache(async (x: number, _logger: unknown) => (count.run(), x), { cacheKeyExclude: ["_logger"] });
  await load(1, new WeakMap());
  await load(1, "other");
  assert.equal(count.ran(), 1);
  const named = cache(async ({ x }: { x: number; conn: unknown }) => (count.run(), x), { cacheKeyExclude: ["conn"] });
  await named({ x: 1, conn: 1 });
  await named({ x: 1, conn: new WeakMap() });
  assert.equal(count.ran(), 2);
});

test("F114 cacheReset computes anew and overwrites; options may stand at the call", async () => {
  const count = counted();
  const f = cache(async (_x: number) => count.run());
  assert.equal(await f(1), 1);
  assert.equal(await f(1, { cacheReset: true }), 2);
  assert.equal(await f(1), 2);
  assert.equal(await f(1, { cache_max_age: "0s" } as object), 3);
  assert.equal(await f(1), 2);
});

test("F115 many callers of one key in one process: the body runs once; a failing one is not kept", async () => {
  const count = counted();
  const slow = cache(async (x: number) => (count.run(), await new Promise((done) => setTimeout(done, 60)), { x }));
  const all = await Promise.all(Array.from({ length: 10 }, () => slow(1)));
  assert.equal(count.ran(), 1);
  all[0]!.x = 99;
  assert.equal(all[1]!.x, 1, "each caller has a copy of their own");
  const fails = cache(async () => {
    if (count.run() < 4) throw new RangeError("no");
    return "fine";
  });
  await assert.rejects(fails(), RangeError);
  await assert.rejects(fails(), RangeError);
  assert.equal(await fails(), "fine");
});

test("F115 concurrentLockTimeout: who has waited that long computes too, with a warning; 0 does not wait", async () => {
  const count = counted();
  const { promise: both, resolve: goOn } = Promise.withResolvers<void>();
  const slow = cache(async () => (count.run() === 2 && goOn(), both), { cacheVersion: "patience" });
  const said = await printed(async () => {
    const first = slow();
    await waitFor("the first call", () => count.ran() === 1);
    await Promise.all([first, slow({ concurrentLockTimeout: 0.05 })]);
  });
  assert.equal(count.ran(), 2);
  assert.match(said.warn.join(), /has computed the same for over 0\.05 s; it is computed here too/);
});

test("F116 the entry stands in cacheFolderPath below cacheDirectory, with its facts as JSON beside it", async () => {
  const f = cache(async (x: number) => x, { cacheFolderPath: "own/place" });
  await f(1);
  const [entry] = filesIn(join(folders.cache, "own", "place"), ".fused");
  const facts = JSON.parse(readFileSync(join(folders.cache, "own/place", entry!.replace(".fused", ".json")), "utf8"));
  assert.deepEqual(Object.keys(facts).sort(), ["created", "digest", "duration", "extra", "kind", "name", "size"]);
  assert.equal(`${facts.digest}.fused`, entry);
  await assert.rejects(cache(async () => 1, { cacheFolderPath: "../out" })(), /leads out of its folder/);
  await assert.rejects(cache(async () => 1, { cacheFolderPath: "/abs" })(), /is absolute/);
});

test("F116 cacheStorage: local and auto go to cacheDirectory, mount to the mounted disk, object is the service's", async () => {
  const mounted = join(folders.root, "mounted");
  await assert.rejects(cache(async () => 1, { cacheStorage: "mount" })(), /no mounted disk.*FUSED_MOUNT_DIRECTORY/);
  await assert.rejects(cache(async () => 1, { cacheStorage: "object" })(), /belongs to the service/);
  mkdirSync(mounted);
  process.env["FUSED_MOUNT_DIRECTORY"] = mounted;
  await cache(async () => "mount", { cacheStorage: "mount" })();
  assert.equal(filesIn(join(mounted, "cache", "tmp"), ".fused").length, 1);
  await cache(async () => "auto", { cacheStorage: "auto", cacheFolderPath: "auto" })();
  assert.equal(filesIn(join(folders.cache, "auto"), ".fused").length, 1, "cacheDirectory was set on purpose");
  process.env["FUSED_MOUNT_DIRECTORY"] = join(folders.root, "no-mount");
});

test("F117 a hit says so, where cacheVerbose or the option verboseCachedFunctions asks for it", async () => {
  const load = cache(async function load(x: number) {
    return x;
  });
  const said = await printed(async () => {
    await load(1, { cacheVerbose: true });
    await load(1, { cacheVerbose: true });
    await load(1);
    options.verboseCachedFunctions = true;
    await load(1);
    options.verboseCachedFunctions = false;
  });
  assert.deepEqual(said.log, ["load: cached, 0 s old", "load: cached, 0 s old"]);
});

test("a damaged entry is computed anew with a warning: cut short, changed, not an entry at all", async () => {
  const count = counted();
  const f = cache(async (x: number) => (count.run(), "x".repeat(100) + x), { cacheFolderPath: "damage" });
  await f(1);
  const path = join(folders.cache, "damage", filesIn(join(folders.cache, "damage"), ".fused")[0]!);
  const good = readFileSync(path);
  const damages = [
    () => truncateSync(path, good.length - 3),
    () => truncateSync(path, 5),
    () => truncateSync(path, 0),
    () => writeFileSync(path, Buffer.from(good).fill(7, good.length - 20)),
    () => writeFileSync(path, "hello"),
  ];
  for (const damage of damages) {
    damage();
    const before = count.ran();
    const said = await printed(async () => assert.match(await f(1), /x1$/));
    assert.equal(count.ran(), before + 1);
    assert.match(said.warn.join(), /the kept value is damaged/);
    await f(1);
    assert.equal(count.ran(), before + 1);
  }
});

test("a cache that cannot be written: the value comes, with one warning", async () => {
  const blocked = join(folders.root, "blocked");
  writeFileSync(blocked, "a file where the folder should be");
  options.cacheDirectory = join(blocked, "cache");
  const count = counted();
  const f = cache(async (x: number) => (count.run(), x));
  const said = await printed(async () => {
    assert.deepEqual([await f(1), await f(1), await f(2)], [1, 1, 2]);
  });
  assert.equal(count.ran(), 3);
  assert.equal(said.warn.length, 1);
  assert.match(said.warn[0]!, /Nothing is kept in the cache at .*cacheDirectory/);
  options.cacheDirectory = folders.cache;
  chmodSync(blocked, 0o600);
});

test("a cached method: the object's own fields count, by standard and by older decorators", async () => {
  const count = counted();
  class Grid {
    size: number;
    constructor(size: number) {
      this.size = size;
    }
    async cells(n: number): Promise<number> {
      return (count.run(), this.size * n);
    }
  }
  const decorate = cache({ cacheMaxAge: "1h" });
  Grid.prototype.cells = decorate(Grid.prototype.cells as never, { kind: "method", name: "cells" }) as never;
  assert.deepEqual([await new Grid(2).cells(3), await new Grid(2).cells(3), await new Grid(5).cells(3)], [6, 6, 15]);
  assert.equal(count.ran(), 2);
  const descriptor = { value: async (x: number) => (count.run(), x) };
  decorate({} as never, "old", descriptor);
  await descriptor.value(1);
  await descriptor.value(1);
  assert.equal(count.ran(), 3);
});

test("F120 list and clear: by function, by name, by age", async () => {
  await cache.clear();
  const one = cache(async function one(x: number) {
    return x;
  });
  const two = cache(async function two(x: number) {
    return x;
  });
  for (const x of [1, 2]) await Promise.all([one(x), two(x)]);
  assert.deepEqual((await cache.list()).map(({ name }) => name).sort(), ["one", "one", "two", "two"]);
  assert.equal((await cache.clear({ olderThan: "1h" })).count, 0);
  assert.equal((await cache.clear({ fn: one })).count, 2);
  assert.equal((await cache.clear({ name: "two" })).count, 2);
  assert.deepEqual(await cache.list(), []);
});

test("older names of options are understood, unknown ones are not", () => {
  cache(async () => 1, { ttl: "1h", path: "a", reset: false, storage: "local" } as object);
  cache(async () => 1, { cache_max_age: "1h", cache_folder_path: "a" } as object);
  assert.throws(
    () => cache(async () => 1, { cacheMaxAg: "1h" } as object),
    /no option cacheMaxAg\. Did you mean cacheMaxAge\?/,
  );
  assert.throws(() => cache(5 as never), /takes a function/);
  assert.throws(() => cache(class A {} as never), /not a class/);
});
