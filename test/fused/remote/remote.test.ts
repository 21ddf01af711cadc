import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import fused from "../../../fused/index.ts";
import { closeShared, openTestService, type TestService } from "../../service/open-service.ts";
import { logInTo } from "../log-in-to.ts";
import { openGate } from "../../fixtures/gate.ts";
import { waitFor } from "../../wait-for.ts";

process.env["FUSED_CREDENTIALS_FILE"] = join(mkdtempSync(join(tmpdir(), "fused-remote-")), "credentials");
process.env["FUSED_CACHE_DIRECTORY"] = mkdtempSync(join(tmpdir(), "fused-remote-cache-"));

let service: TestService;
const gate = await openGate({ isOpen: false });
before(async () => {
  service = await openTestService({ realtimeSeconds: 2, allowPrivate: [gate.host] });
});
after(async () => {
  await fused.close();
  await service.close(0);
  await gate.close();
  await closeShared();
});
beforeEach(() => logInTo(service));

const add = fused.udf(`(a: number, b: number = 2) => { console.log("adding", a); return a + b; }`, { name: "add" });

describe("a run on the service", () => {
  test("F071 runs that name no engine go there; logged out the error says how to log in, and of the local engine", async () => {
    assert.equal(await add({ a: 3 }), 5);
    delete process.env["FUSED_AUTH_TOKEN"];
    await assert.rejects(async () => add({ a: 3 }), {
      name: "AuthError",
      message: /Nobody is logged in.*%login.*\{ engine: "local" \}/s,
    });
    assert.equal(await add.runLocal({ a: 3 }), 5);
  });

  test("F072 values are the same on this machine and there, and so is the isolation", async () => {
    const all = fused.udf(
      `(table: DataFrame, when: Date) => ({
        rows: table.numRows, when, list: [1, null, undefined, 2n, NaN, "ü"], floats: new Float32Array([1.5, -0]),
        map: new Map([["a", new Set([1])]]), bytes: new Uint8Array(10000).fill(7), table,
        outside: typeof process,
      })`,
      { name: "all" },
    );
    const given = { table: tableFromArrays({ x: [1, 2, 3] }), when: new Date(0) };
    const [here, there] = await Promise.all(
      ["local", "remote"].map((engine) => fused.run<Record<string, unknown>>(all, given, { engine })),
    );
    assert.equal(String(here!["table"]), String(there!["table"]));
    delete here!["table"];
    delete there!["table"];
    assert.deepEqual(there, here);
    assert.equal(there!["outside"], "undefined");
  });

  test("errors and output are those of a local run", async () => {
    const bad = fused.udf(`(n: int) => {\n  console.error("soon");\n  throw new RangeError("too far: " + n);\n}`, {
      name: "bad",
    });
    const results = await Promise.all(
      ["local", "realtime"].map((engine) => fused.run.response(bad, { n: 3 }, { engine, cache: false })),
    );
    const [here, there] = results.map(({ error, logs, stderr }) => ({
      name: error!.name,
      message: error!.message,
      line: (error as { line?: number }).line,
      logs,
      stderr,
    }));
    assert.deepEqual(there, here);
    assert.match(there!.message, /RangeError: too far: 3\nin UDF bad, line 3:/);
  });

  test("output comes while the UDF runs", async (t) => {
    const slow = fused.udf(`async () => { console.log("first"); await fetch("http://${gate.host}/"); return 1; }`);
    const { setLogSink } = await import("../../../fused/index.ts");
    // The run waits for the line to be heard.
    setLogSink(() => gate.open());
    t.after(() => setLogSink());
    assert.equal(await fused.run(slow, {}, { verbose: true }), 1);
  });

  test("F073 the service's time limit", async () => {
    const endless = fused.udf(`() => { for (;;); }`, { name: "endless" });
    await assert.rejects(async () => endless(), { name: "UdfTimeoutError", message: /endless/ });
    assert.equal(await add({ a: 1 }), 3);
  });

  test("an aborted run closes its request, and the service ends it", async () => {
    const abort = new AbortController();
    const endless = fused.udf(`() => { for (;;); }`);
    const run = fused.run(endless, {}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await assert.rejects(run, /was cancelled/);
    assert.equal(await add({ a: 1 }), 3, "its isolate is free again");
  });

  test("a tile run fills the UDF's area", async () => {
    const place = fused.udf(`(bounds: Bounds, z: int = 0) => [...bounds]`, { name: "place" });
    const there = await fused.run<number[]>(place, {}, { x: 0, y: 0, z: 1 });
    const here = await fused.run<number[]>(place, {}, { x: 0, y: 0, z: 1, engine: "local" });
    assert.deepEqual(there, here);
  });

  test("a value that cannot travel is told before anything is sent", async () => {
    await assert.rejects(async () => add({ a: (() => 1) as never }), /a|travel|number/);
  });

  test("nothing of this machine's secrets travels", async () => {
    fused.secrets.set("ONLY_HERE", "of-this-machine-alone");
    const ask = fused.udf(`() => fused.secrets.has("ONLY_HERE")`);
    assert.equal(await fused.run(ask, {}, { engine: "remote" }), false);
    fused.secrets.delete("ONLY_HERE");
  });
});

describe("fan-out over the service", () => {
  test("F084 at most maxWorkers runs at once, 32 unless somebody says", async () => {
    let open = 0;
    let most = 0;
    const proxy = await openCountingProxy(service.port, (change) => (most = Math.max(most, (open += change))));
    fused.options.baseUrl = `${proxy.url}/server/v1`;
    const wait = fused.udf(`async (n: int) => { await new Promise((go) => setTimeout(go, 30)); return n; }`);
    const pool = wait.map([...Array(24).keys()], { maxWorkers: 4 });
    assert.deepEqual(await pool.results(), [...Array(24).keys()]);
    assert.ok(most <= 4, `${most} at once`);
    const wide = wait.map([1, 2]);
    assert.equal(wide.progress().workers, 32);
    await wide.results();
    assert.throws(() => wait.map([1], { maxWorkers: 1001 }), /1 to 1000/);
    await proxy.close();
  });

  test("F086 a failed run is tried again while somebody waits", async () => {
    const flaky = fused.udf(
      `async (n: int) => { let isFirst = false; await fused.cache(async () => { isFirst = true; return 1; }, { cacheMaxAge: "1h" })(); if (isFirst) throw new Error("not yet"); return n; }`,
      { name: "flaky" },
    );
    const pool = flaky.map([1], { maxRetry: 5 });
    assert.deepEqual(await pool.results(), [1]);
  });

  test("F087 debugMode runs the first item in the foreground", async () => {
    assert.equal(await add.map([5, "no number"], { debugMode: true }), 7);
  });

  test("submit gives one table", async () => {
    const table = (await fused.submit(add, [1, 2, 3])) as Record<string, unknown>[];
    assert.deepEqual(table, [
      { a: 1, result: 3 },
      { a: 2, result: 4 },
      { a: 3, result: 5 },
    ]);
  });

  test("pool.shutdown closes the requests under way", async () => {
    const endless = fused.udf(`(n: int) => { for (;;); }`);
    const pool = endless.map([1, 2], { maxRetry: 0 });
    await new Promise((go) => setTimeout(go, 300));
    await pool.shutdown({ wait: true });
    assert.equal(pool.status().cancelled, 2);
    assert.equal(await add({ a: 1 }), 3);
  });
});

describe("batch machines as an engine", () => {
  test("F092 a pool is one job of the size asked for, with each run's own value, error and output", async () => {
    const odd = fused.udf(
      `(n: int) => { console.log("run", n); if (n === 2) throw new Error("two"); return n * 10; }`,
      { name: "odd" },
    );
    const pool = odd.map([1, 2, 3], { engine: "small", maxRetry: 0, maxWorkers: 2, workerConcurrency: 2 });
    await pool.wait({ progress: false });
    assert.deepEqual([...pool.success().values()], [10, 30]);
    assert.match(pool.errors().get(1)!.message, /Error: two\nin UDF odd, line 1/);
    assert.equal(pool.logs()[2], "run 3\n");
    const [job] = await fused.api.getJobs(1);
    assert.equal(job!.instanceType, "small");
    assert.deepEqual(job!.progress, { done: 3, total: 3 });
    assert.throws(() => odd.map([1], { engine: "smal" }), /Did you mean "small"/);
    assert.throws(() => odd.map([1], { engine: "small", maxWorkers: 6 }), /1 to 5/);
    assert.equal(await fused.run(add, { a: 1 }, { engine: "medium" }), 3);
  });

  test("F085 nProcessesPerWorker is for batch machines, and warned of elsewhere", async (t) => {
    const warn = t.mock.method(console, "warn", () => {});
    await fused.submit(add, [1], { nProcessesPerWorker: 2 });
    assert.match(String(warn.mock.calls[0]?.arguments[0]), /nProcessesPerWorker is for batch machines/);
    await fused.submit(add, [1], { nProcessesPerWorker: 2, engine: "small" });
    assert.equal(warn.mock.callCount(), 1);
    assert.throws(() => add.map([1], { engine: "local", workerConcurrency: 2 }), /for batch machines/);
  });

  test("aborting all runs of a job cancels it", async () => {
    const endless = fused.udf(`(n: int) => { for (;;); }`, { name: "long_job" });
    const pool = endless.map([1, 2], { engine: "small", maxRetry: 0 });
    const job = await waitFor("the job", async () =>
      (await fused.api.getJobs(1)).find(({ udfName }) => udfName === "long_job"),
    );
    await pool.shutdown({ wait: true });
    assert.equal((await fused.api.jobWaitForJob(job, { timeout: 120 })).status, "cancelled");
  });
});

describe("saved UDFs", () => {
  test("F059, F046, F045 toFused saves under the name; it is listed, and loads by name, email/name and id", async () => {
    const saved = await add.toFused();
    assert.equal(saved.name, "add");
    assert.ok("add" in (await fused.api.getUdfs()));
    const { email } = await fused.api.whoami();
    for (const source of ["add", `${email}/add`, saved.id]) {
      const loaded = await fused.load(source);
      assert.equal(await loaded({ a: 10 }), 12);
      assert.equal(loaded.metadata["id"], saved.id);
    }
    const again = await add.toFused();
    assert.equal(again.version, saved.version + 1);
    await assert.rejects(add.toFused({ overwrite: false }), /There is a saved UDF add/);
    await assert.rejects(fused.load("no_such_udf"), { name: "NotFoundError", message: /getUdfs/ });
  });

  test("defaults, the age of results and the function's name come back", async () => {
    const one = add.with({ cacheMaxAge: "10m" }).setParameters({ a: 40 });
    await one.toFused();
    const loaded = await fused.load("add");
    assert.equal(loaded.cacheMaxAge, "10m");
    assert.equal(await loaded(), 42);
    assert.equal(await one.deleteSaved(), true);
    assert.equal(await one.deleteSaved(), false);
  });

  test("F047, F067, F069 a shared token runs its UDF without a log-in, and loads where it may be read", async () => {
    await add.toFused();
    const token = await add.createAccessToken();
    const readable = await add.createAccessToken({ publicRead: true });
    delete process.env["FUSED_AUTH_TOKEN"];
    assert.equal(await fused.run(token.reveal(), { a: 5 }), 7);
    assert.equal(await fused.run(token, { a: 5 }), 7, "the token as the API gives it");
    assert.equal((await fused.load(readable)).name, "add");
    assert.equal(await fused.core.runSharedFile(token.reveal(), {}, { a: 6 }), 8);
    const loaded = await fused.load(readable.reveal());
    assert.equal(await loaded.runLocal({ a: 7 }), 9);
    await assert.rejects(fused.load(token.reveal()), { name: "AuthError" });
    await assert.rejects(fused.run("fsh_nobodyhasthistokenatall00", {}), { name: "NotFoundError" });
  });

  test("F066, F068, F070 private endpoints: formats and client in the request, the log-in with it", async () => {
    const rows = fused.udf(
      `(bounds?: Bounds, n: int = 2) => Array.from({ length: n }, (_, i) => ({ i, w: bounds?.[0] ?? 0 }))`,
      {
        name: "rows",
      },
    );
    await rows.toFused();
    const { email } = await fused.api.whoami();
    const seen: string[] = [];
    const proxy = await openCountingProxy(
      service.port,
      () => {},
      (line) => seen.push(line),
    );
    fused.options.baseUrl = `${proxy.url}/server/v1`;
    const json = await fused.core.runFile(email, "rows", { dtypeOutVector: "json", clientId: "mine" }, { n: 1 });
    assert.deepEqual(json, [{ i: 0, w: 0 }]);
    const last = seen.at(-1)!;
    assert.match(
      last,
      /realtime\/mine\/api\/v1\/run\/udf\/saved\/.*\/rows\?n=1&dtype_out_vector=json&dtype_out_raster=tiff/,
    );
    assert.match(last, /authorization=Fused-Service-Token/);
    const tile = (await fused.core.runTile("rows", undefined, { x: 1, y: 0, z: 1 })) as { numRows: number };
    assert.equal(tile.numRows, 2, "a table, by Parquet");
    assert.match(seen.at(-1)!, /saved\/tiles\/.*\/rows\/1\/1\/0\?/);
    const token = (await rows.createAccessToken()).reveal();
    await fused.core.runSharedTile(token, { x: 1, y: 0, z: 1, dtypeOutVector: "json" });
    assert.match(seen.at(-1)!, new RegExp(`${token}/run/tiles/1/1/0\\?.*authorization=undefined`));
    await proxy.close();
  });
});

test("F045 a UDF of an account: its owner, a member of the team, an outsider, an unknown one", async (t) => {
  const team = await openTestService({ team: true });
  t.after(() => team.close(0));
  fused.options.baseUrl = team.base;
  process.env["FUSED_AUTH_TOKEN_TYPE"] = "Bearer";
  t.after(() => delete process.env["FUSED_AUTH_TOKEN_TYPE"]);
  const become = async (person: "ada" | "tim" | "olga") => {
    process.env["FUSED_AUTH_TOKEN"] = await team.tokenOf(person);
  };
  await become("ada");
  await add.toFused();
  for (const person of ["ada", "tim"] as const) {
    await become(person);
    assert.equal(await (await fused.load("ada@example.com/add"))({ a: 1 }), 3, person);
  }
  await assert.rejects(fused.load("ada@example.com/none"), { name: "NotFoundError" });
  await become("olga");
  await assert.rejects(fused.load("ada@example.com/add"), { name: "AuthError", message: /share it with you/ });
  await assert.rejects(fused.core.runFile("ada@example.com/add", undefined, {}, { a: 1 }), { name: "AuthError" });
});

/** Passes requests on to the service, and counts those under way. */
async function openCountingProxy(
  port: number,
  count: (change: number) => void,
  note: (line: string) => void = () => {},
) {
  const server = createServer(async (request, response) => {
    const isRun = request.url!.includes("/run/udf");
    if (isRun) count(1);
    note(`${request.url} authorization=${request.headers.authorization}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.entries(request.headers).filter(
      ([name]) => !/^(host|connection|content-length|transfer-encoding)$/.test(name),
    );
    const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
      method: request.method,
      headers: headers as [string, string][],
      body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (isRun) count(-1);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(bytes);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
