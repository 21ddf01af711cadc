import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Table } from "apache-arrow";
import type { LogLine } from "../../engine/run-types.ts";
import { openGate } from "../fixtures/gate.ts";
import { frameOf, useEngine } from "./udf-fixture.ts";

const fixture = useEngine();
const { run, value, error } = fixture;

describe("what a UDF is called with and gives", () => {
  test("every way to write a function runs", async () => {
    assert.equal(await value("({ n }: { n: number }) => n + 1", { n: 4 }), 5);
    assert.equal(
      await value("async function add({ n }: { n: number }): Promise<number> { return n + 1 }", { n: 4 }),
      5,
    );
    assert.equal(await value("function ({ n }) { return n + 1 };", { n: 4 }), 5);
    assert.equal(await value("add({ n }: { n: number }) { return n + 1 }", { n: 4 }), 5);
    assert.equal(await value("async add({ n }) { return n + 1 } // as a method", { n: 4 }), 5);
  });

  test("positional parameters come in the order of the schema, a default stands in for what is not given", async () => {
    const parameter = (name: string, hasDefault = false) => ({
      name,
      type: { kind: "json" as const },
      optional: hasDefault,
      hasDefault,
    });
    const parameters = { style: "positional" as const, parameters: [parameter("a"), parameter("b", true)], rest: true };
    const source = "(a, b = 7, ...rest: string[]) => [a, b, rest]";
    assert.deepEqual(await value(source, { b: 2, a: 1 }, { udf: { parameters } }), [1, 2, []]);
    assert.deepEqual(await value(source, { a: 1, b: null, x: "y" }, { udf: { parameters } }), [1, 7, ["y"]]);
  });

  test("F040 Bounds and TileXYZ parameters have their members", async () => {
    const parameters = {
      style: "positional" as const,
      parameters: [
        { name: "b", type: { kind: "Bounds" as const }, optional: false, hasDefault: false },
        { name: "t", type: { kind: "TileXYZ" as const }, optional: false, hasDefault: false },
      ],
      rest: false,
    };
    const source = "(b, t) => [b.xmin, b.ymax, b.length, b, t.quadkey(), t.parent().z, fused.tiles.bounds(t)]";
    const [xmin, ymax, length, box, quadkey, z] = (await value(
      source,
      { b: [1, 2, 3, 4], t: { x: 2411, y: 3079, z: 13 } },
      { udf: { parameters } },
    )) as unknown[];
    assert.deepEqual([xmin, ymax, length, box, quadkey, z], [1, 4, 4, [1, 2, 3, 4], "0320101101233", 12]);
  });

  test("F022 simple values come back equal, 64-bit ones exact", async () => {
    const given = {
      bool: true,
      int: 2 ** 53,
      big: 2n ** 63n,
      text: "é🎉",
      none: null,
      list: [1, [2]],
      when: new Date(0),
      m: new Map([["k", 1]]),
    };
    assert.deepEqual(await value("(given) => given", given), given);
    assert.equal(await value("() => {}"), undefined);
  });

  test("F019 a table goes in and comes out", async () => {
    const table = (await value(`async () => {
      const { tableFromArrays } = await import("apache-arrow");
      return tableFromArrays({ id: BigInt64Array.of(2n ** 60n), name: ["é"] });
    }`)) as Table;
    assert.ok(table instanceof Table);
    assert.deepEqual(table.toArray().map(String), ['{"id": 1152921504606846976, "name": "é"}']);
    assert.deepEqual(await value("({ table }) => [table.numRows, table.get(0).name]", { table }), [1, "é"]);
    const nested = (await value("({ table }) => ({ parts: [table.batches[0], table.getChild('id')] })", { table })) as {
      parts: [{ numRows: number }, Iterable<bigint>];
    };
    assert.deepEqual([nested.parts[0].numRows, ...nested.parts[1]], [1, 2n ** 60n]);
  });

  test("F024 a raster's pixels come back as they are, big ones too", async () => {
    const raster = (await value(
      "() => ({ data: new Float32Array(512 * 512).map((_, i) => i), width: 512, height: 512 })",
    )) as {
      data: Float32Array;
    };
    assert.equal(raster.data.length, 512 * 512);
    assert.equal(raster.data[512 * 512 - 1], 512 * 512 - 1);
    const wasm = (await value(
      "() => { const m = new WebAssembly.Memory({ initial: 1 }); return new Uint8Array(m.buffer).fill(9) }",
    )) as Uint8Array;
    assert.deepEqual([wasm.length, wasm[65535]], [65536, 9]);
  });

  test("F025 a Response and a Blob come back", async () => {
    const reply = (await value("() => Response.json({ a: 1 }, { status: 203 })")) as Response;
    assert.deepEqual([reply.status, await reply.json()], [203, { a: 1 }]);
    const blob = (await value("() => new Blob(['a', new Uint8Array([98])], { type: 'text/plain' })")) as Blob;
    assert.equal(await blob.text(), "ab");
  });

  test("F020 what cannot travel fails the run after its body has run", async () => {
    const logs: LogLine[] = [];
    const source =
      "() => { console.log('side effect'); class DatabaseConnection {} return { rows: [new DatabaseConnection()] } }";
    const { kind, valueType, message } = await error(source, {}, { onLog: (line) => logs.push(line) });
    assert.deepEqual([kind, valueType], ["serialization", "DatabaseConnection"]);
    assert.match(
      message,
      /^Result serialization failed: .*fetch the rows.* at rows\[0\]\. What can travel: an Arrow Table.*Was: DatabaseConnection/,
    );
    assert.deepEqual(logs, [{ stream: "stdout", text: "side effect\n" }]);
    assert.match((await error("() => function* () {}()")).message, /collect it first/);
    assert.match(
      (await error("() => { const a: any = {}; a.b = [a]; return a }")).message,
      /circular structure.* at b\[0\]/,
    );
  });

  test("a result over its size limit is refused", async () => {
    const { kind, message } = await error("() => new Uint8Array(2e6)", {}, { limits: { resultBytes: 1e6 } });
    assert.equal(kind, "serialization");
    assert.match(message, /more than the 1,000,000 bytes/);
  });

  test("parameters that cannot travel are told before anything runs", async () => {
    const { kind, message } = await error("() => 1", { callback: () => {} });
    assert.equal(kind, "serialization");
    assert.match(message, /^The parameters cannot travel: A function cannot travel at callback/);
  });
});

describe("a fresh scope for each run", () => {
  test("nothing a run leaves behind is there in the next", async () => {
    const frame = frameOf(`() => {
      const before = [globalThis.left, ({}).polluted, [].extra, Math.PI2, typeof require.cache, fused.mine];
      globalThis.left = 1; Object.prototype.polluted = 1; Array.prototype.extra = 1; Math.PI2 = 1; fused.mine = 1;
      return before;
    }`);
    for (let i = 0; i < 12; i++) {
      const outcome = await fixture.engine.run({ frame, parameters: {} });
      assert.equal(outcome.status, "ok");
      assert.deepEqual(outcome.status === "ok" && outcome.value, [
        undefined,
        undefined,
        undefined,
        undefined,
        "undefined",
        undefined,
      ]);
    }
  });

  test("a timer of a run that is over does not reach the next", async () => {
    await value("() => { setTimeout(() => console.log('late'), 20); setInterval(() => console.log('later'), 5) }");
    const logs: LogLine[] = [];
    await value("() => new Promise((resolve) => setTimeout(resolve, 60))", {}, { onLog: (line) => logs.push(line) });
    assert.deepEqual(logs, []);
  });

  test("random numbers differ from run to run", async () => {
    const values = await Promise.all(
      Array.from({ length: 20 }, () => value("() => [Math.random(), crypto.randomUUID()].join()")),
    );
    assert.equal(new Set(values).size, 20);
  });
});

describe("the globals of a UDF", () => {
  test("timers, microtasks and clocks", async () => {
    const source = `async () => {
      const order: string[] = [];
      setTimeout((name) => order.push(name), 20, "timeout 20");
      const id = setInterval(() => { order.push("interval"); clearInterval(id) }, 5);
      clearTimeout(setTimeout(() => order.push("never"), 1));
      queueMicrotask(() => order.push("microtask"));
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 40));
      return [order, performance.now() - start >= 35];
    }`;
    assert.deepEqual(await value(source), [["microtask", "interval", "timeout 20"], true]);
  });

  test("text, base64, URL, clone, events", async () => {
    const source = `() => {
      const url = new URL("../c?x=1&y=a%20b#h", "https://user@example.com:8443/a/b/");
      url.searchParams.append("z", "ü");
      url.hostname = "EXAMPLE.org";
      const original = { when: new Date(5), map: new Map([[1, new Set([2])]]), error: new RangeError("r"), self: null as any };
      original.self = original;
      const copy = structuredClone(original);
      const controller = new AbortController();
      const heard: string[] = [];
      controller.signal.addEventListener("abort", (event) => heard.push(event.type));
      controller.abort();
      return {
        href: url.href,
        y: url.searchParams.get("y"),
        bad: URL.canParse("no url"),
        utf8: [...new TextEncoder().encode("aé漢🎉")],
        text: new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0x8e, 0x89])),
        base64: [btoa("a\\xff"), atob("Yf8=")],
        clone: copy.self === copy && copy.map.get(1).has(2) && copy.error instanceof RangeError && copy.when.getTime() === 5,
        heard, reason: controller.signal.reason.name,
      };
    }`;
    assert.deepEqual(await value(source), {
      href: "https://user@example.org:8443/a/c?x=1&y=a+b&z=%C3%BC#h",
      y: "a b",
      bad: false,
      utf8: [97, 195, 169, 230, 188, 162, 240, 159, 142, 137],
      text: "aé\ufffd🎉",
      base64: ["Yf8=", "a\xff"],
      clone: true,
      heard: ["abort"],
      reason: "AbortError",
    });
  });

  test("WebAssembly runs, compiled at once or later", async () => {
    const source = `async () => {
      const bytes = new Uint8Array([0,97,115,109,1,0,0,0,1,5,1,96,0,1,127,3,2,1,0,7,5,1,1,102,0,0,10,6,1,4,0,65,42,11]);
      const { instance } = await WebAssembly.instantiate(bytes);
      return [instance.exports.f(), new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f()];
    }`;
    assert.deepEqual(await value(source), [42, 42]);
  });

  test("console output comes as it is written, and is kept in the outcome", async () => {
    const gate = await openGate({ isOpen: false });
    const source = `async () => {
      console.log("a %s is %d", "b", 5, { deep: { er: { still: {} } } }, [1, "two"], new Map([["k", 1n]]));
      await fetch("http://${gate.host}/");
      console.error(new Uint8Array(3), null, undefined, () => 1, -0);
      console.table([{ a: 1, b: "x" }]);
    }`;
    // The run waits for its first line to be heard.
    const network = { allowPrivate: [gate.host] };
    const outcome = await run(source, {}, { network, onLog: () => gate.open() });
    await gate.close();
    assert.equal(outcome.status, "ok");
    assert.deepEqual(outcome.logs.slice(0, 2), [
      { stream: "stdout", text: "a b is 5 { deep: { er: { still: [Object] } } } [ 1, 'two' ] Map(1) { 'k' => 1n }\n" },
      { stream: "stderr", text: "Uint8Array(3) [ 0, 0, 0 ] null undefined [Function (anonymous)] -0\n" },
    ]);
    assert.match(outcome.logs[2]!.text, /┌─+┬─+┬─+┐\n│ \(index\) │ a │ b {3}│/);
  });

  test("output over its limit is cut with a note", async () => {
    const cut = await run(
      "() => { for (let i = 0; i < 1e5; i++) console.log('x'.repeat(999)); return 1 }",
      {},
      { limits: { logCharacters: 5000 } },
    );
    assert.equal(cut.status, "ok");
    const text = cut.logs.map((line) => line.text).join("");
    assert.ok(text.length < 5200);
    assert.match(text, /\[cut: this run has written 5000 characters, its limit\]\n$/);
  });
});

describe("imports", () => {
  test("F005 every predefined package is imported in the body", async () => {
    const source = `async () => {
      const { area, point, buffer } = await import("@turf/turf");
      const arrow = await import("apache-arrow");
      const { geoMercator } = await import("d3-geo");
      const { interpolateViridis } = await import("d3-scale-chromatic");
      const { latLngToCell } = await import("h3-js");
      const { parquetReadObjects } = await import("hyparquet");
      const { compressors } = await import("hyparquet-compressors");
      const { feature } = await import("topojson-client");
      const world = (await import("world-atlas/countries-110m.json")).default;
      const file = await fused.dataset("flights-3m.parquet");
      const rows = await parquetReadObjects({ file, compressors, rowStart: 0, rowEnd: 2 });
      return {
        km2: Math.round(area(buffer(point([0, 0]), 1)) / 1e6), columns: arrow.tableFromArrays({ a: [1] }).numCols,
        xy: geoMercator()([0, 0]), color: interpolateViridis(0), cell: latLngToCell(37.77, -122.42, 7),
        countries: feature(world, world.objects.countries).features.length, rows: rows.length,
      };
    }`;
    assert.deepEqual(await value(source), {
      km2: 3,
      columns: 1,
      xy: [480, 250],
      color: "#440154",
      cell: "872830828ffffff",
      countries: 177,
      rows: 2,
    });
  });

  test("data files: JSON parsed, CSV as text, the rest as bytes", async () => {
    const source = `async () => {
      const airports = (await import("vega-datasets/data/airports.csv")).default;
      const arrow = (await import("vega-datasets/data/flights-200k.arrow")).default;
      const { tableFromIPC } = await import("apache-arrow");
      return [airports.split("\\n")[0].trim(), tableFromIPC(arrow).numRows];
    }`;
    assert.deepEqual(await value(source), ["iata,name,city,state,country,latitude,longitude", 200000]);
  });

  test("require gives a package that is named in the source", async () => {
    assert.equal(await value('() => require("h3-js").latLngToCell(0, 0, 0)'), "8075fffffffffff");
    assert.match((await error('() => require("h3" + "-js")')).message, /Use await import\("h3-js"\)/);
    assert.equal(await value('async () => typeof (await import(["h3", "js"].join("-"))).latLngToCell'), "function");
  });

  test("F007 another name fails with the list of what there is, at its line", async () => {
    const { kind, message, line } = await error('async () => {\n  const _ = await import("lodash");\n}');
    assert.equal(kind, "import");
    assert.match(message, /There is no module "lodash" for UDFs\. There are: @turf\/turf, apache-arrow/);
    assert.equal(line, 2);
    const { message: ofNode } = await error('async () => {\n  const _ = await import("node:fs");\n}');
    assert.match(ofNode, /^Node's module "node:fs" is not there in a UDF\..*--files/);
    assert.match(
      (await error('async () => fused.dataset("none.csv")')).message,
      /vega-datasets has no file "none\.csv"\. It has: .*airports\.csv/,
    );
  });

  test("F003 header modules are imported by name, and import one another", async () => {
    const headers = [
      {
        moduleName: "utils",
        source: 'import { two } from "numbers";\nexport const four: number = two * 2;\nexport default class A {}',
      },
      { moduleName: "numbers", source: "export const two = 2;" },
    ];
    assert.equal(await value('async () => (await import("utils")).four', {}, { udf: { headers } }), 4);
  });

  test("a whole file runs: imports, helpers, enums, exports, the entrypoint by name or default", async () => {
    const source = `import { latLngToCell as cell, type CellBoundary } from "h3-js";
import * as d3 from "d3-geo";
import world from "world-atlas/land-110m.json";
enum Zoom { Near = 3, Far = 1 }
const helper = (x: number): string => cell(x, x, Zoom.Far);
export function named({ x }: { x: number }) { return [helper(x), typeof d3.geoPath, world.type]; }
function hidden() { return "hidden"; }
export { hidden as shown };
export default async (): Promise<string> => \`default \${Zoom[3]}\`;`;
    const file = (entrypoint: string) => ({ udf: { carrier: "file" as const, entrypoint } });
    assert.deepEqual(await value(source, { x: 10 }, file("named")), ["8158fffffffffff", "function", "Topology"]);
    assert.equal(await value(source, {}, file("default")), "default Near");
    assert.equal(await value(source, {}, file("hidden")), "hidden");
    assert.equal(await value(source, {}, file("shown")), "hidden");
    const { kind, message } = await error(source, {}, file("absent"));
    assert.equal(kind, "frame");
    assert.match(message, /no function named absent\. It has: .*helper, named, hidden/);
  });
});

describe("errors", () => {
  test("F004 a name from outside is a ReferenceError that names it", async () => {
    const { kind, name, message, line } = await error("() => {\n  return df.length;\n}");
    assert.deepEqual([kind, name, message, line], ["runtime", "ReferenceError", "df is not defined", 2]);
  });

  test("positions are the author's, also below an enum and a type, in an inline UDF", async () => {
    const source = `async ({ n }: { n: number }) => {
  enum Kind { Small = 1, Large }
  interface Row { a: number }
  const check = (k: Kind) => {
    if (k === Kind.Large) throw new RangeError("too large");
  };
  await null;
  check(Kind.Large);
}`;
    const failure = await error(source, { n: 1 }, { udf: { origin: { name: "%%udf demo", firstLine: 11 } } });
    assert.deepEqual([failure.name, failure.line, failure.column], ["RangeError", 15, 33]);
    assert.deepEqual(failure.stack.split("\n"), [
      "RangeError: too large",
      "    at check (%%udf demo:15:33)",
      "    at demo (%%udf demo:18:3)",
    ]);
  });

  test("positions are the author's in a whole file and in a header module", async () => {
    const source = `// A comment
import { fail } from "utils";
export enum Kind { A }
export default function main() {
  const n: number = 1;
  return fail(n);
}`;
    const headers = [
      {
        moduleName: "utils",
        source:
          "type T = number;\nexport function fail(n: T): never {\n  throw new Error('no', { cause: new TypeError('why') });\n}",
      },
    ];
    const failure = await error(
      source,
      {},
      { udf: { carrier: "file", headers, origin: { name: "main.ts", firstLine: 1 } } },
    );
    assert.match(
      failure.stack,
      /^Error: no\n    at fail \(utils:3:9\)\n    at main \(main\.ts:6:10\)\n.*\[cause\]: TypeError: why\n    at fail \(utils:3:34\)/s,
    );
    assert.deepEqual([failure.line, failure.column], [6, 10]);
  });

  test("a syntax error shows the line, as the author counts", async () => {
    const failure = await error(
      "() => {\n  const é = 1;\n  const x = ;\n}",
      {},
      { udf: { origin: { name: "%%udf demo", firstLine: 5 } } },
    );
    assert.deepEqual([failure.kind, failure.line, failure.column], ["syntax", 7, 13]);
    assert.match(
      failure.message,
      /Unexpected token \(%%udf demo:7:13\)\n  5 \| .*\n  6 \| .*\n> 7 \|   const x = ;\n    \|             \^$/,
    );
    assert.equal(
      (await error("const a = 1; const a = 2; export default () => a", {}, { udf: { carrier: "file" } })).kind,
      "syntax",
    );
    assert.equal((await error("() => { let a; let a }")).kind, "syntax");
  });

  test("whatever is thrown, the outcome says what", async () => {
    const thrown = async (expression: string) => {
      const { kind, name, message } = await error(`() => { throw ${expression} }`);
      assert.equal(kind, "runtime");
      return `${name}: ${message}`;
    };
    assert.equal(await thrown("null"), "null: The UDF threw null, which is not an Error.");
    assert.equal(await thrown("'text'"), "string: text");
    assert.equal(await thrown("{ code: 5 }"), "Object: The UDF threw { code: 5 }, which is not an Error.");
    assert.equal(
      await thrown("new (class QuotaError extends Error { name = 'QuotaError' })('full')"),
      "QuotaError: full",
    );
    assert.match(
      await thrown("new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })"),
      /cannot be read|could not be shown/,
    );
    assert.match(await thrown("Object.assign(new Error(), { get message() { throw 1 } })"), /./);
  });

  test("an error nobody catches in a timer or a promise ends the run", async () => {
    const forever = "await new Promise(() => {})";
    assert.equal(
      (await error(`async () => { setTimeout(() => { throw new TypeError("timer") }); ${forever} }`)).message,
      "timer",
    );
    const rejected = await error(`async () => {\n  Promise.reject(new TypeError("nobody"));\n  ${forever} }`);
    assert.deepEqual([rejected.name, rejected.message, rejected.line], ["TypeError", "nobody", 2]);
  });

  test("a stack overflow is an error like any other", async () => {
    assert.equal((await error("() => { const f = () => f(); f() }")).name, "RangeError");
    assert.equal(await value("() => 1"), 1);
  });

  test("bytes that are no frame are refused", async () => {
    const outcome = await fixture.engine.run({ frame: new Uint8Array([1, 2, 3]), parameters: {} });
    assert.equal(outcome.status === "error" && outcome.error.kind, "frame");
  });

  test("runs in runs are limited in depth", async () => {
    const outcome = await fixture.engine.run({ frame: frameOf("() => 1"), parameters: {}, depth: 6 });
    assert.equal(outcome.status === "error" && outcome.error.kind, "recursion");
  });
});
