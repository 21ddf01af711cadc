import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import fused from "../../fused/index.ts";
import { options } from "../../fused/options.ts";
import { closeEngine, localEngine, localProcesses } from "../../fused/run-engine.ts";
import type { LocalEngine } from "../../engine/client.ts";
import { ownFolders } from "./cache-folder.ts";

ownFolders();
after(closeEngine);
const again = { cache: false } as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const busy = fused.udf("(n: int) => { const end = Date.now() + 150; while (Date.now() < end); return n; }", {
  name: "busy",
});

/** Milliseconds of processor time that a process has had. */
function processorTime(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

test(
  "F091 useProcessPoolForLocalSubmit: each worker is a process of its own",
  { skip: !existsSync("/proc") },
  async () => {
    options.useProcessPoolForLocalSubmit = true;
    try {
      const pool = busy.map([1, 2, 3, 4, 5, 6], { maxWorkers: 2, ...again });
      assert.deepEqual(await pool.results(), [1, 2, 3, 4, 5, 6]);
      const { pids } = await localProcesses(2);
      assert.equal(pids.length, 2);
      assert.equal(new Set([...pids, process.pid]).size, 3, "child process ids differ");
      for (const pid of pids) assert.ok(processorTime(pid) >= 250, `${pid} has run about half of the 900 ms`);
    } finally {
      options.useProcessPoolForLocalSubmit = false;
    }
  },
);

test("F091 a worker whose process is killed takes none of the others along, and its run is done again", async () => {
  options.useProcessPoolForLocalSubmit = true;
  try {
    const pool = busy.map([1, 2, 3, 4], { maxWorkers: 2, maxRetry: 0, ...again });
    await pause(60);
    process.kill((await localProcesses(2)).pids[0]!, "SIGKILL");
    assert.deepEqual(await pool.results(), [1, 2, 3, 4]);
  } finally {
    options.useProcessPoolForLocalSubmit = false;
  }
});

test("runs of a pool that are lost with the host are started again, once", async () => {
  const engine = (await localEngine()) as LocalEngine;
  const pool = busy.map([1, 2, 3, 4], { maxRetry: 0, ...again });
  await pause(60);
  process.kill(engine.pid!, "SIGKILL");
  assert.deepEqual(await pool.results(), [1, 2, 3, 4]);

  const crash = fused.udf("(n: int) => { console.log('go'); return 'x'.repeat(5e8).split(''); }", { name: "crash" });
  const lost = crash.map([1], { maxRetry: 0, ...again });
  await lost.wait();
  assert.equal(lost.anyFailed(), true);
  assert.match(lost.firstError()!.message, /The run was lost: the engine's process/);
});

test("F073 a run ends at its time limit with an error that names the default and the next larger place", async () => {
  const forever = fused.udf("() => { for (;;); }", { name: "forever" });
  options.runTimeout = 2;
  try {
    const start = performance.now();
    const error = await forever.run({}, again).then(
      () => assert.fail("it ended"),
      (thrown: unknown) => thrown as Error,
    );
    const took = performance.now() - start;
    assert.equal(error.name, "UdfTimeoutError");
    assert.ok(took > 1900 && took < 60_000, `${took} ms`);
    assert.match(error.message, /longer than 2 s, its time limit/);
    assert.match(error.message, /limit is 120 s unless/);
    assert.match(error.message, /next larger place is a batch run of the service, .*\{ engine: "small" \}/);
    assert.equal(await busy.run({ n: 7 }, again), 7);
  } finally {
    options.runTimeout = null;
  }
});

test("F021 rows fetched from a database are serialisable; the statement that fetches them is not", async () => {
  const rows = fused.udf("async (n: int) => fused.sql(`select i, i * i as square from range(${n}) t(i)`)", {
    name: "rows",
  });
  const table = (await rows.run({ n: 4 }, again)) as { numRows: number; toArray(): { square: bigint }[] };
  assert.equal(table.numRows, 4);
  assert.deepEqual(
    table.toArray().map(({ square }) => Number(square)),
    [0, 1, 4, 9],
  );
  const fetched = fused.udf(
    "async () => [...(await fused.sql('select 1 as a, 2 as b')).toArray()].map((row) => ({ ...row }))",
    {
      name: "fetched",
    },
  );
  assert.equal(JSON.stringify(await fetched.run({}, again)), '[{"a":1,"b":2}]');
  const cursor = fused.udf("() => ({ rows: fused.sql('select 1') })", { name: "cursor" });
  await assert.rejects(cursor.run({}, again), { name: "UdfSerializationError", message: /serialization failed/i });
});

test("F181 pyodideAsyncRequests is accepted, has no effect, and says so", async () => {
  options.pyodideAsyncRequests = true;
  try {
    assert.equal(options.pyodideAsyncRequests, true);
    assert.equal(await busy.run({ n: 1 }, again), 1);
    const { findDefinition } = await import("../../fused/options-definitions.ts");
    assert.match(findDefinition("pyodideAsyncRequests")!.about, /no effect/);
  } finally {
    options.pyodideAsyncRequests = false;
  }
});
