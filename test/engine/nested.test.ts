import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startLocalEngine, type LocalEngine } from "../../engine/client.ts";
import type { LogLine } from "../../engine/run-types.ts";
import fused from "../../fused/index.ts";
import { frameOf } from "./udf-fixture.ts";

/** One core: whoever waits while holding it would wait for ever. */
let engine: LocalEngine;
before(async () => {
  engine = await startLocalEngine({ cores: 1 });
  fused.useEngine(async () => engine);
});
after(() => engine.close());

const run = (
  source: string,
  parameters: Record<string, unknown> = {},
  options: Parameters<LocalEngine["run"]>[1] = {},
) => engine.run({ frame: frameOf(source), parameters, limits: { timeoutMs: 20_000 } }, options);
const value = async (...values: Parameters<typeof run>) => {
  const outcome = await run(...values);
  if (outcome.status === "error") throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
  return outcome.value;
};

describe("runs inside a run, on one core", () => {
  test("F094 a UDF runs a function, a code string and a loaded UDF", async () => {
    const source = `async () => {
      const double = fused.udf((n: number) => n * 2, { name: "double" });
      const loaded = await fused.load("export function add({ a, b = 1 }: { a: int, b?: int }) { return a + b }");
      return [
        await double(4),
        await double.run({ n: 5 }),
        await fused.run((n: number) => n + 1, { n: 1 }),
        await fused.run("(s: string) => s.toUpperCase()", { s: "abc" }),
        await loaded({ a: "3" }),
        loaded.name,
        loaded.schema.parameters.map((each) => each.name),
      ];
    }`;
    assert.deepEqual(await value(source), [8, 10, 2, "ABC", 4, "add", ["a", "b"]]);
  });

  test("F094 udf.map inside a UDF gives results in order, and each as it ends; nothing of a run is seen by another", async () => {
    const source = `async () => {
      const count = fused.udf((n: int) => { globalThis.seen = (globalThis.seen ?? 0) + 1; return n * seen });
      const pool = count.map(Array.from({ length: 40 }, (_, i) => i), { maxWorkers: 3 });
      const values = await pool.results();
      const indexes = [];
      for await (const { index, value } of count.map([{ n: 7 }, { n: 8 }])) indexes.push([index, value]);
      return { values, indexes: indexes.sort(), length: pool.length };
    }`;
    const given = (await value(source)) as { values: number[]; indexes: unknown; length: number };
    assert.deepEqual(
      given.values,
      Array.from({ length: 40 }, (_none, i) => i),
    );
    assert.deepEqual(given.indexes, [
      [0, 7],
      [1, 8],
    ]);
    assert.equal(given.length, 40);
  });

  test("many runs that each wait for many of their own end, several levels deep", async () => {
    const source = `async ({ depth }) => depth === 0 ? 1 : (await fused.udf(fused.context.thisUdf)
      .map(Array(4).fill({ depth: depth - 1 })).results()).reduce((sum, each) => sum + each, 0)`;
    const parameters = {
      style: "object" as const,
      parameters: [{ name: "depth", type: { kind: "int" as const }, optional: false, hasDefault: false }],
      rest: false,
    };
    const frame = frameOf(source, { parameters });
    const access = { ...emptyAccess };
    const all = Array.from({ length: 6 }, () => engine.run({ frame, parameters: { depth: 3 }, access }));
    for (const outcome of await Promise.all(all))
      assert.equal(outcome.status === "ok" ? outcome.value : outcome.error.message, 64);
  });

  test("tables, rasters and big buffers go in and come out", async () => {
    const source = `async () => {
      const { tableFromArrays } = await import("apache-arrow");
      const table = tableFromArrays({ id: BigInt64Array.of(2n ** 60n, 1n) });
      const pass = fused.udf((value) => value);
      const { t, data } = await pass({ value: { t: table, data: new Float32Array(100_000).fill(2) } });
      return [t.getChild("id").get(0), data.length, data[99_999]];
    }`;
    assert.deepEqual(await value(source), [2n ** 60n, 100_000, 2]);
  });

  test("an error of a nested run can be caught, says which UDF and line, and has the class that cells see", async () => {
    const source = `async () => {
      try { await fused.run("function broken() {\\n  throw new RangeError('no')\\n}") }
      catch (error) { return [error.name, error.message] }
    }`;
    assert.deepEqual(await value(source), ["UdfRuntimeError", "RangeError: no (in UDF broken, line 2)"]);
    const wrong = await run(`() => fused.run("(n: int) => n", { n: "x" })`);
    assert.ok(wrong.status === "error");
    assert.match(wrong.error.message, /n/);
    assert.equal(wrong.error.name, "UdfParameterError");
    const elsewhere = await run(`() => fused.run("owner/udf")`);
    assert.ok(elsewhere.status === "error");
    assert.match(elsewhere.error.message, /takes a UDF's code; "owner\/udf" is none/);
  });

  test("what a nested run prints is the output of the run that asked", async () => {
    const lines: LogLine[] = [];
    await run(`() => fused.run(() => { console.log("below") })`, {}, { onLog: (line) => lines.push(line) });
    assert.deepEqual(
      lines.map(({ text }) => text.trim()),
      ["below"],
    );
  });
});

describe("limits", () => {
  const parameter = { name: "n", type: { kind: "int" as const }, optional: true, hasDefault: true };
  const forever = frameOf(`function forever({ n = 0 }) { return fused.run(fused.context.thisUdf, { n: n + 1 }) }`, {
    name: "forever",
    parameters: { style: "object", parameters: [parameter], rest: false },
  });

  test("F077 a UDF that runs itself stops at the limit, with the chain of calls", async () => {
    const outcome = await engine.run({ frame: forever, parameters: {}, access: emptyAccess, limits: { recursion: 3 } });
    assert.ok(outcome.status === "error");
    assert.equal(outcome.error.kind, "recursion");
    assert.match(outcome.error.message, /more than 3 levels deep.*forever → forever → forever → forever → forever/);
  });

  test("F077 in a cell it is a UdfRecursionError, and the option maxRecursionFactor is the limit", async () => {
    fused.options.maxRecursionFactor = 2;
    const self = fused.udf("function self() { return fused.run(fused.context.thisUdf) }");
    await assert.rejects(self.run({}, { cache: false }), (error: Error) => {
      assert.ok(error instanceof fused.UdfRecursionError, String(error));
      assert.match(error.message, /more than 2 levels deep.*self → self → self → self/);
      return true;
    });
    fused.options.reset("maxRecursionFactor");
  });

  test("a run that says itself how deep it is is refused beyond the limit", async () => {
    const outcome = await engine.run({ frame: frameOf("() => 1"), parameters: {}, depth: 6 });
    assert.equal(outcome.status === "error" && outcome.error.kind, "recursion");
  });

  test("cancelling a run cancels the runs below, and their core is free again", async () => {
    const abort = new AbortController();
    const source = `() => fused.run(() => { console.log("on"); for (;;); })`;
    const outcome = await run(source, {}, { signal: abort.signal, onLog: () => abort.abort() });
    assert.equal(outcome.status === "error" && outcome.error.kind, "cancelled");
    assert.equal(await value("() => 5"), 5);
  });

  test("a run that ends leaves none of its own behind", async () => {
    assert.equal(await value(`() => { fused.run(() => { for (;;); }).catch(() => {}); return 1 }`), 1);
    assert.equal(await value("() => 6"), 6);
  });

  test("a nested run has its own time limit, no longer than that of the run above", async () => {
    const source = `async () => {
      try { await fused.run("() => { for (;;); }", {}, { timeout: 0.2 }) } catch (error) { return error.name }
    }`;
    assert.equal(await value(source), "UdfTimeoutError");
    const abort = `async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), 100);
      try { await fused.run("() => { for (;;); }", {}, { signal: controller.signal }) } catch (error) { return error.message }
    }`;
    assert.equal(await value(abort), "enough");
  });
});

const emptyAccess = {
  folders: {},
  secrets: {},
  cache: { maxAge: 0, verbose: false, storage: "local" as const },
  rowGroupBatchSize: 32_768,
  fdPrefix: null,
  context: {
    headers: {},
    recursionFactor: 5,
    realtimeClientId: null,
    userEmail: null,
    place: "local" as const,
  },
};
