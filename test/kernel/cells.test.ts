import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openTestKernel } from "./talk.ts";

const { run, cwd, heard } = await openTestKernel();

test("the value of the last expression is the result", async () => {
  assert.equal((await run("1 + 1")).result, "2");
  assert.equal((await run("const silent = 1")).result, undefined);
  assert.equal((await run("undefined")).result, undefined);
  assert.equal((await run("{ a: 1, b: 'x' }")).result, "{ a: 1, b: 'x' }");
});

test("a trailing promise is waited for", async () => {
  assert.equal((await run("Promise.resolve('later')")).result, "'later'");
  assert.match((await run("Promise.reject(new Error('no'))")).error, /Error: no/);
});

test("names may be declared again, as any kind, and earlier functions see the new value", async () => {
  for (const code of ["const x = 1", "let x = 2", "var x = 3", "class x {}", "function x() {}", "const x = 6"]) {
    assert.equal((await run(code)).status, "ok", code);
  }
  assert.equal((await run("x")).result, "6");
  await run("let base = 1; function plus() { return base + 1 } class Adder { run() { return plus() + 1 } }");
  await run("base = 10");
  assert.equal((await run("new Adder().run()")).result, "12");
});

test("a declaration without a value starts afresh", async () => {
  await run("let fresh = 1");
  assert.equal((await run("let fresh; fresh")).result, undefined);
});

test("TypeScript: types, enums, namespaces, parameter properties, generics, satisfies, decorators", async () => {
  await run("enum Colour { Red, Green }");
  assert.equal((await run("Colour[Colour.Green]")).result, "'Green'");
  await run("enum Colour { Blue }");
  assert.equal((await run("Object.keys(Colour).join()")).result, "'0,Blue'", "the old members are gone");
  await run("namespace Geo { export const radius = 6371 }");
  assert.equal((await run("Geo.radius")).result, "6371");
  await run(
    "class Point<T extends number> { constructor(readonly x: T, private y = 2) {} sum() { return this.x + this.y } }",
  );
  assert.equal((await run("new Point(1).sum() satisfies number")).result, "3");
  await run("interface Named { name: string }; type Id = string; abstract class Base { abstract f(): void }");
  assert.equal((await run("<T,>(value: T): T => value")).status, "ok");
  assert.equal((await run("(<any>'cast').length")).result, "4");
});

test("imports: static, dynamic, of Node, of npm packages, of files beside the notebook", async () => {
  assert.equal(
    (await run('import { basename as base, join } from "node:path"\nbase(join("a", "b.txt"))')).result,
    "'b.txt'",
  );
  assert.equal((await run('import * as os from "os"; typeof os.cpus')).result, "'function'");
  assert.equal(
    (await run('import fs, { readFileSync } from "node:fs"; fs.readFileSync === readFileSync')).result,
    "true",
  );
  assert.equal((await run('(await import("path")).sep')).result, "'/'");
  assert.equal(
    (await run('import { latLngToCell } from "h3-js"; latLngToCell(37.1, -122, 5)')).result,
    "'8528341bfffffff'",
  );
  writeFileSync(join(cwd, "beside.ts"), "export const beside: number = 42;\nexport default 'whole';\n");
  assert.equal((await run('import whole, { beside } from "./beside.ts"; `${whole} ${beside}`')).result, "'whole 42'");
  assert.equal((await run('require("node:path").sep')).result, "'/'");
  writeFileSync(join(cwd, "data.json"), '{"n": 5}');
  assert.equal((await run('import data from "./data.json" with { type: "json" }; data.n')).result, "5");
  assert.equal((await run("import.meta.dirname")).result, `'${cwd}'`);
  const missing = await run('import nothing from "no-such-package"');
  assert.match(missing.error, /Cannot find package "no-such-package".*%npm install no-such-package/s);
});

test("top-level await, and timers that print under the cell that started them", async () => {
  assert.equal((await run("await new Promise((go) => setTimeout(go, 5)); 'waited'")).result, "'waited'");
  await run("setTimeout(() => console.log('late'), 50)");
  const starter = heard.at(-1)!.parent_header.msg_id;
  const next = await run("await new Promise((go) => setTimeout(go, 100))");
  assert.equal(next.stdout, "", "not under the cell that runs meanwhile");
  const late = heard.find(({ content }) => content.text === "late\n");
  assert.equal(late?.parent_header.msg_id, starter);
});

test("console and streams keep their order among themselves and with displays", async () => {
  const { messages } = await run(
    "console.log('a'); console.error('b'); await display('shown'); process.stdout.write('c'); console.log('d')",
  );
  const order = messages
    .filter(({ header }) => /stream|display_data/.test(header.msg_type))
    .map(({ content }) => content.text ?? (content.data as Record<string, string>)["text/plain"]);
  assert.deepEqual(order, ["a\n", "b\n", "'shown'", "cd\n"]);
});

test("what child processes write is shown too, before the cell ends", async () => {
  const { stdout } = await run(`require("child_process").execSync("echo from a child", { stdio: "inherit" })`);
  assert.match(stdout, /from a child\n/);
});

test("20,000 lines come whole, in order and in few messages", async () => {
  const { stdout, messages } = await run("for (let i = 0; i < 20_000; i++) console.log('line ' + i)");
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 20_000);
  assert.ok(lines.every((line, i) => line === `line ${i}`));
  assert.ok(messages.length < 60, `${messages.length} messages`);
});

test("display, updates in place, clearOutput, and objects that draw themselves", async () => {
  const drawn = await run("display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>' }) })");
  assert.deepEqual(drawn.displays, [{ "text/html": "<b>x</b>" }]);
  assert.equal(drawn.result, undefined, "display itself shows nothing more");
  const updated = await run("const shown = await display('one', { id: 'spot' }); await shown.update('two')");
  assert.deepEqual(
    updated.displays.map((data) => data["text/plain"]),
    ["'one'", "'two'"],
  );
  const byId = await run("display('three', { id: 'spot', update: true })");
  const update = byId.messages.find(({ header }) => header.msg_type === "update_display_data")!;
  assert.deepEqual(update.content.transient, { display_id: "spot" });
  const cleared = await run("clearOutput({ wait: true })");
  assert.deepEqual(cleared.messages.find(({ header }) => header.msg_type === "clear_output")?.content, { wait: true });
  const raw = await run("display({ 'text/markdown': '**b**' }, { raw: true })");
  assert.deepEqual(raw.displays, [{ "text/markdown": "**b**" }]);
});

test("an error shows the cell's own line and column, and no frames of ours", async () => {
  const { error } = await run(
    "interface Row { name: string }\n\nconst shout = (row: Row): string => {\n  return row.name.toUpperCase()\n}\nshout({} as Row)",
  );
  assert.match(error, /^TypeError: Cannot read properties of undefined/);
  assert.match(error, /at shout \(cell\[\d+\]:4:19\)/);
  assert.match(error, /at cell\[\d+\]:6:1/);
  assert.match(error, /> 4 \|   return row\.name\.toUpperCase\(\)/);
  assert.doesNotMatch(error, /node:|kernel\/|session/);
});

test("errors in errors: causes, aggregates, thrown values that are no errors", async () => {
  const { error } = await run("throw new Error('outer', { cause: new TypeError('inner') })");
  assert.match(error, /Error: outer[^]*Caused by: TypeError: inner/);
  assert.match(
    (await run("throw new AggregateError([new Error('one'), new Error('two')], 'many')")).error,
    /many[^]*\[0\] Error: one[^]*\[1\] Error: two/,
  );
  for (const thrown of ["null", "undefined", "'text'", "{ a: 1 }", "Symbol('s')"]) {
    const { status, error: shown } = await run(`throw ${thrown}`);
    assert.equal(status, "error");
    assert.match(shown, /Thrown: /);
  }
});

test("a syntax error names its line, and nothing of the cell has run", async () => {
  const { error } = await run("globalThis.ran = true\nconst bad = ;");
  assert.match(error, /^SyntaxError: .*\n +at cell\[\d+\]:2:13/);
  assert.match(error, /> 2 \| const bad = ;/);
  assert.equal((await run("typeof ran")).result, "'undefined'");
});

test("rejections and throws in timers are told under their cell and do not end the session", async () => {
  await run("Promise.reject(new Error('lost')); setTimeout(() => { throw new Error('timer') }, 10)");
  assert.equal((await run("await new Promise((go) => setTimeout(go, 80)); 'alive'")).result, "'alive'");
  const text = heard
    .filter(({ header }) => header.msg_type === "stream")
    .map(({ content }) => content.text)
    .join("");
  assert.match(text, /Unhandled rejection: Error: lost\n +at cell\[\d+\]:1:/);
  assert.match(text, /Uncaught: Error: timer/);
});

test("a rejected promise that a cell ends with is its error, without Node's warning of being handled late", async () => {
  const { error } = await run("(async () => { throw new Error('not awaited') })()");
  assert.match(error, /^Error: not awaited/);
  assert.equal((await run("await new Promise((go) => setTimeout(go, 80)); 'alive'")).result, "'alive'");
  assert.ok(!heard.some(({ content }) => /PromiseRejectionHandledWarning/.test(String(content.text))));
});

test("positions are right on lines that were rewritten", async () => {
  const { error } = await run("const one = await Promise.resolve(1), two = (await Promise.resolve(2)).nosuch.field");
  assert.match(error, /at cell\[\d+\]:1:79/);
  const inFunction = await run(
    "async function wait() { await null; await Promise.resolve(); throw new Error('deep') }\nawait wait()",
  );
  assert.match(inFunction.error, /at wait \(cell\[\d+\]:1:68\)/);
});

test("a function of a cell becomes a UDF with its own text, awaits and types included", async () => {
  await run("const later = async (n: int = 2) => { await null; for await (const x of [1]) n += x; return n }");
  assert.equal((await run("await fused.udf(later)({ n: '4' })")).result, "5");
  assert.doesNotMatch((await run("fused.udf(later).code")).result!, /__fused/);
});

test("data files beside the notebook are imported as what they hold", async () => {
  writeFileSync(join(cwd, "trees.geojson"), '{"type":"FeatureCollection","features":[]}');
  writeFileSync(join(cwd, "trees.csv"), "name,height\noak,20\n");
  writeFileSync(join(cwd, "bad.json"), '{"a": 1,}');
  assert.equal((await run('import trees from "./trees.geojson"; trees.type')).result, "'FeatureCollection'");
  assert.equal((await run('import csv from "./trees.csv"; csv.split("\\n")[1]')).result, "'oak,20'");
  assert.match((await run('import bad from "./bad.json"')).error, /SyntaxError: .*bad\.json is not JSON/);
});

test("functions of variables keep their types, and their names, when they become UDFs", async () => {
  await run("const half = (n: int) => n / 2, again = async (n: int) => await Promise.resolve(n)");
  assert.equal((await run("[half.name, again.name].join()")).result, "'half,again'");
  assert.equal((await run("await fused.udf(half)({ n: '9' })")).result, "4.5");
  assert.equal((await run("await fused.udf(again)({ n: '9' })")).result, "9");
  assert.equal((await run("await fused.udf(async (n: int) => await Promise.resolve(n))({ n: '3' })")).result, "3");
});
