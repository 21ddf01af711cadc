import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "./talk.ts";

const { run } = await openTestKernel();
const shown = async (code: string): Promise<string> => {
  const { result, error } = await run(code);
  assert.equal(error, "", code);
  return result ?? "";
};
const html = async (code: string): Promise<string | undefined> => {
  const { messages } = await run(code);
  const result = messages.find(({ header }) => header.msg_type === "execute_result");
  return (result?.content.data as Record<string, string> | undefined)?.["text/html"];
};

test("values of every kind read as a person would write them", async () => {
  const examples: [code: string, text: string][] = [
    ["new Map([['a', { b: 1 }]])", "Map(1) { 'a' => { b: 1 } }"],
    ["new Set([1, 'x'])", "Set(2) { 1, 'x' }"],
    ["class Point { x = 1; #y = 2 }\nnew Point()", "Point { x: 1 }"],
    ["new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["12n ** 20n", "3833759992447475122176n"],
    ["Symbol('s')", "Symbol(s)"],
    ["Object.assign(Object.create(null), { a: 1 })", "[Object: null prototype] { a: 1 }"],
    ["const loop: any = { a: 1 }; loop.self = loop; loop", "<ref *1> { a: 1, self: [Circular *1] }"],
    ["({ waiting: new Promise(() => {}) })", "{ waiting: Promise { <pending> } }"],
    ["new Float64Array(5)", "Float64Array(5) [ 0, 0, 0, 0, 0 ]"],
    ["/a+/g", "/a+/g"],
    ["[, 1]", "[ <1 empty item>, 1 ]"],
  ];
  for (const [code, text] of examples) assert.equal(await shown(code), text, code);
});

test("functions and classes show their signature", async () => {
  assert.equal(await shown("function add(a: number, b = 2) { return a + b }\nadd"), "[Function: add] (a, b = 2)");
  assert.equal(await shown("class Shape { constructor(sides: number) {} }\nShape"), "[class Shape] (sides)");
  assert.equal(await shown("Math.max"), "[Function: max]");
});

test("errors as values show their stack and causes", async () => {
  assert.match(
    await shown("new Error('outer', { cause: new TypeError('inner') })"),
    /^Error: outer[^]*\[cause\]: TypeError: inner/,
  );
});

test("getters are not called and proxies not asked", async () => {
  assert.equal(await shown("let asked = 0;\n({ get type() { asked++; return 'Feature' } })"), "{ type: [Getter] }");
  await shown(
    "new Proxy({ a: 1 }, { get() { asked++ }, ownKeys() { asked++; return [] }, getPrototypeOf() { asked++; return null } })",
  );
  assert.equal(await shown("asked"), "0");
});

test("huge values show their beginning, quickly and in bounded text", async () => {
  await run(
    "const bytes = new Uint8Array(100_000_000); const big = Array.from({ length: 10_000_000 }, (_, i) => i); const holes = [...big]; delete holes[5]",
  );
  await run("const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]))");
  await run(
    "const nest = (d: number): unknown => d === 0 ? 1 : Array.from({ length: 30 }, () => nest(d - 1)); const deep = nest(4)",
  );
  await run("const many = new Map(big.slice(0, 1_000_000).map((i) => [i, { i }]))");
  const ends: [code: string, end: RegExp][] = [
    ["big", /99,\s+\.\.\. 9999900 more items\n\]$/],
    ["holes", /^\[[^]*<1 empty item>[^]*\.\.\. 9999900 more items\n\]$/],
    ["({ inner: { big } })", /more items\s+\]\s+\}\s+\}$/],
    ["wide", /k99: 99,\n {2}\.\.\. 19900 more properties\n\}$/],
    ["Object.assign(function laden(x) {}, wide)", /^\[Function: laden\] \(x\) \{ \.\.\. 20000 more properties \}$/],
    ["[Object.assign(class Laden {}, wide)]", /^\[ \[class Laden\] \{ \.\.\. 20000 more properties \} \]$/],
    [
      "const sparse: unknown[] = []; sparse[5_000_000] = 1; sparse",
      /^\[ <100 empty items>, \.\.\. 4999901 more items \]$/,
    ],
    ["deep", /more items/],
    ["many", /^Map\(1000000\) \{[^]*\.\.\. 999900 more items\n\}$/],
    ["bytes", /^Uint8Array\(100000000\) \[[^]*more items\n\]$/],
    ["Object.assign(new Error('x'), { holes })", /^Error: x/],
    ["Array.from({ length: 100 }, () => 'y'.repeat(20_000))", /more characters/],
  ];
  for (const [code, end] of ends) {
    await run(code);
    const start = performance.now();
    const text = await shown(code);
    const took = performance.now() - start;
    assert.match(text, end, code);
    assert.ok(text.length <= 51_000, `${code}: ${text.length} characters`);
    // Without bounds they take minutes; the machine may be busy with other tests.
    assert.ok(took < 30_000, `${code}: ${took} ms`);
  }
  assert.match(await shown("'ab'.repeat(50_000_000)"), /'\.\.\. 99990000 more characters$/);
});

test("a large nested value opens as a tree without scripts; a simple one is text alone", async () => {
  const tree = await html(
    "({ list: Array.from({ length: 40 }, (_, i) => ({ name: `<i>${i}</i>`, inner: { deep: [i, { x: i }], more: 'a'.repeat(40) } })), n: 1 })",
  );
  assert.match(tree ?? "", /<details open><summary>/);
  assert.match(tree ?? "", /&lt;i&gt;7&lt;\/i&gt;/);
  assert.doesNotMatch(tree ?? "", /<script|<i>/);
  assert.equal(await html("({ a: { b: [1, 2] } })"), undefined);
  assert.equal(await html("Array.from({ length: 1000 }, (_, i) => i)"), undefined);
});

test("text/plain has no colours", async () => {
  assert.doesNotMatch(await shown("({ a: 1, b: 'x', c: [true, null] })"), /\u001b/);
});
