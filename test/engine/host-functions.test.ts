import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { tableFromArrays, type Table } from "apache-arrow";
import type { HostAccess, StorageFolders } from "../../engine/host-access.ts";
import { useEngine } from "./udf-fixture.ts";

const root = mkdtempSync(join(tmpdir(), "fused-host-"));
const folders: StorageFolders = { cache: join(root, "cache"), data: join(root, "data"), temp: join(root, "temp") };
const access: HostAccess = {
  folders: { local: folders, auto: folders },
  secrets: { TOKEN: "abcdef" },
  cache: { maxAge: 3600, verbose: true, storage: "auto" },
  rowGroupBatchSize: 32768,
  fdPrefix: null,
  context: { headers: { "X-Test": "1" }, recursionFactor: 5, realtimeClientId: null, userEmail: null, place: "local" },
};

const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(request.url!);
  response.end(request.url === "/rows.csv" ? "a,b\n1,x\n2,y\n" : String(requests.length));
});
let origin: string;
let network: { allowPrivate: string[] };

before(async () => {
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  network = { allowPrivate: [new URL(origin).host] };
});
after(() => server.close());

const engine = useEngine();
const value = (source: string, parameters = {}, more = {}) =>
  engine.value(source, parameters, { access, network, ...more });
const error = (source: string, parameters = {}, more = {}) =>
  engine.error(source, parameters, { access, network, ...more });

describe("fused.cache in a UDF", () => {
  const counting = `async () => {
    const count = fused.cache(async (url, n = 1) => Number(await (await fetch(url)).text()), { cacheFolderPath: "counts" });
    return [await count("${"URL"}"), await count("${"URL"}", 1), await count("${"URL"}", 2)];
  }`;
  const at = (path: string) => counting.replaceAll("URL", origin + path);

  test("F110 the value is kept on the host, for this run and for others", async () => {
    const first = (await value(at("/counted"))) as number[];
    assert.equal(first[0], first[1]);
    assert.notEqual(first[0], first[2]);
    assert.deepEqual(await value(at("/counted")), first);
    assert.equal(requests.filter((url) => url === "/counted").length, 2);
    assert.equal(readdirSync(join(folders.cache, "counts")).filter((name) => name.endsWith(".fused")).length, 2);
  });

  test("F117 a hit says so in the run's output", async () => {
    const { logs } = await engine.run(
      "async () => { const one = fused.cache(async function one() { return 1; }); await one(); await one(); }",
      {},
      { access },
    );
    assert.deepEqual(
      logs.map(({ text }) => text),
      ["one: cached, 0 s old\n"],
    );
  });

  test("F110 tables, bigints and typed arrays come back as they were", async () => {
    const source = `async () => {
      const { tableFromArrays } = await import("apache-arrow");
      const make = fused.cache(async () => ({ t: tableFromArrays({ id: BigInt64Array.of(2n ** 60n) }), f: Float32Array.of(1.5), s: "\\u{1f5fa}" }), { cacheVersion: "made" });
      await make();
      return make();
    }`;
    const back = (await value(source)) as { t: Table; f: Float32Array; s: string };
    assert.equal(back.t.getChild("id")!.get(0), 2n ** 60n);
    assert.deepEqual([back.f, back.s], [Float32Array.of(1.5), "\u{1f5fa}"]);
    assert.deepEqual(((await value(source)) as typeof back).f, back.f);
  });

  test("F115 two runs at once that want the same: one computes", async () => {
    const source = `async () => {
      const slow = fused.cache(async (url) => { await new Promise((go) => setTimeout(go, 150)); return (await fetch(url)).text(); });
      return slow("${"URL"}");
    }`.replaceAll("URL", `${origin}/slow`);
    const [one, two] = await Promise.all([value(source), value(source)]);
    assert.equal(one, two);
    assert.equal(requests.filter((url) => url === "/slow").length, 1);
  });

  test("a run that ends while it computes lets the next one compute; an error is not kept", async () => {
    const never =
      "async () => { const f = fused.cache(async (x) => { await new Promise(() => {}); }, { cacheVersion: 'stuck' }); await f(1); }";
    assert.equal((await error(never, {}, { limits: { timeoutMs: 150 } })).kind, "timeout");
    const started = performance.now();
    assert.equal((await error(never, {}, { limits: { timeoutMs: 150 } })).kind, "timeout");
    assert.ok(performance.now() - started < 30_000);
    const throws = "async () => { const f = fused.cache(async () => { throw new RangeError('no'); }); await f(); }";
    assert.equal((await error(throws)).name, "RangeError");
    assert.equal((await error(throws)).name, "RangeError");
  });

  test("wrong use: an age, a folder outside, an argument that cannot be compared, a value that cannot be kept", async () => {
    const fails = async (call: string) => (await error(`async () => { const f = ${call}; await f(1); }`)).message;
    assert.match(await fails("fused.cache(async () => 1, { cacheMaxAge: 'soon' })"), /cacheMaxAge is an age/);
    assert.match(await fails("fused.cache(async () => 1, { cacheFolderPath: '../../x' })"), /leads out of its folder/);
    assert.match(
      await fails("fused.cache(async (x) => 1, {}).bind(null, Promise.resolve())"),
      /argument x of .* is a Promise/,
    );
    assert.match(await fails("fused.cache(async () => () => 1)"), /cannot be kept/);
    assert.equal(existsSync(join(root, "x")), false);
  });
});

describe("files of a UDF", () => {
  test("F121 download goes through the network guard, once; readFile gives the bytes", async () => {
    const source = `async () => {
      const path = await fused.download("${"URL"}", "d/rows.csv");
      await fused.download("${"URL"}", "d/rows.csv");
      return [path, new TextDecoder().decode(await fused.readFile(path))];
    }`.replaceAll("URL", `${origin}/rows.csv`);
    assert.equal((await error(source, {}, { network: {} })).name, "NetworkPermissionError");
    assert.deepEqual(await value(source), [join(folders.data, "d", "rows.csv"), "a,b\n1,x\n2,y\n"]);
    assert.equal(requests.filter((url) => url === "/rows.csv").length, 1);
  });

  test("F122 filePath and writeFile keep to the temporary folder; nothing else can be read or written", async () => {
    const source = `async () => {
      const path = await fused.filePath("a/b.txt");
      await fused.writeFile(path, "héllo");
      return new TextDecoder().decode(await fused.readFile(path));
    }`;
    assert.equal(await value(source), "héllo");
    mkdirSync(join(root, "secret"), { recursive: true });
    writeFileSync(join(root, "secret", "x"), "x");
    symlinkSync(join(root, "secret"), join(folders.temp, "link"));
    for (const path of [
      "/etc/passwd",
      join(root, "secret", "x"),
      join(folders.temp, "..", "secret", "x"),
      join(folders.temp, "link", "x"),
    ]) {
      assert.equal((await error(`() => fused.readFile(${JSON.stringify(path)})`)).name, "FilePermissionError", path);
      assert.equal(
        (await error(`() => fused.writeFile(${JSON.stringify(path)}, "y")`)).name,
        "FilePermissionError",
        path,
      );
    }
    assert.equal(
      (await error(`() => fused.writeFile(${JSON.stringify(join(folders.data, "d/rows.csv"))}, "y")`)).name,
      "FilePermissionError",
    );
    for (const path of ["../x", "/abs", ""]) {
      assert.equal((await error(`() => fused.filePath(${JSON.stringify(path)})`)).name, "FilePathError");
    }
  });
});

describe("fused.sql in a UDF", () => {
  test("SQL over tables that are passed in and files far away", async () => {
    const source = `async () => {
      const { tableFromArrays } = await import("apache-arrow");
      const t = tableFromArrays({ a: Int32Array.of(1, 2), c: Float64Array.of(0.5, 1.5) });
      return fused.sql("select b, c * 2 as d from t join '${"URL"}' f on f.a = t.a order by b", { t });
    }`.replaceAll("URL", `${origin}/rows.csv`);
    const table = (await value(source)) as Table;
    assert.deepEqual(
      table.toArray().map((row) => row.toJSON()),
      [
        { b: "x", d: 1 },
        { b: "y", d: 3 },
      ],
    );
    assert.equal((await error(source, {}, { network: {} })).name, "NetworkPermissionError");
    assert.equal(String(tableFromArrays({ a: [1] }).schema.fields[0]!.name), "a");
  });

  test("a query reads no file outside the run's folders, and changes nothing", async () => {
    const fails = async (query: string) => (await error(`() => fused.sql(${JSON.stringify(query)})`)).message;
    for (const query of [
      "select * from read_csv('/etc/passwd')",
      "select * from read_text('/etc/hosts')",
      "select * from glob('/*')",
    ]) {
      assert.match(await fails(query), /Permission Error/, query);
    }
    assert.match(
      await fails("select * from 'points.parquet'"),
      /Cannot access file .*\n.*run option files: %%udf NAME --files/,
    );
    for (const query of [
      `copy (select 1) to '${folders.temp}/x.csv'`,
      "attach '/tmp/x.db'",
      "install httpfs",
      "select 1; export database '/tmp/x'",
      `/* */ copy (select 1) to '${folders.temp}/x.csv'`,
      `explain analyze copy (select 1) to '${folders.temp}/x.csv'`,
    ]) {
      assert.match(await fails(query), /would reach outside its own database/, query);
    }
    assert.match(await fails("set enable_external_access = true"), /configuration has been locked/);
    assert.match(await fails("selec 1"), /Parser Error: syntax error at or near "selec"/);
    assert.equal(existsSync(join(folders.temp, "x.csv")), false);
    assert.deepEqual(
      readdirSync(folders.temp).filter((name) => name.startsWith("sql-")),
      [],
      "copies are gone",
    );
  });

  test("a query ends with its run", async () => {
    const started = performance.now();
    const endless = "() => fused.sql('select sum(a.range * b.range) from range(10000000) a, range(1000000) b')";
    assert.equal((await error(endless, {}, { limits: { timeoutMs: 300 } })).kind, "timeout");
    assert.ok(performance.now() - started < 60_000);
  });
});

test("F191 secrets and context: by name, masked in output, and nothing without access", async () => {
  const outcome = await engine.run(
    "() => { console.log(fused.secrets.TOKEN); return [fused.secrets.get('TOKEN').length, fused.context.header('x-test'), fused.context.thisUdf.name]; }",
    {},
    { access },
  );
  assert.equal(outcome.status, "ok");
  assert.deepEqual((outcome as { value: unknown }).value, [6, "1", "demo"]);
  assert.deepEqual(
    outcome.logs.map(({ text }) => text),
    ["••••\n"],
  );
  const refused = async (source: string) => (await engine.error(source)).message;
  assert.match(await refused("() => fused.secrets.get('TOKEN')"), /no secret "TOKEN"/);
  for (const source of [
    "() => fused.filePath('x')",
    "() => fused.sql('select 1')",
    "() => fused.cache(async () => 1)()",
  ]) {
    assert.match(await refused(source), /may use nothing of the engine's machine/);
  }
});
