import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openSandboxKernel } from "./sandbox-kernel.ts";
import { waitFor } from "../wait-for.ts";

const { run, output, raw, heard } = await openSandboxKernel();

test("a sandboxed cell is TypeScript like any other: types, redeclaration, await, imports, values", async () => {
  assert.equal((await run("1 + 1")).result, "2");
  await run('interface Place { name: string }\nconst here: Place = { name: "a" };\nenum Color { Red, Green }');
  assert.equal((await run('const here = { name: "b" }; here.name + Color.Green')).result, "'b1'");
  assert.equal((await run("const waited = await Promise.resolve(3); waited")).result, "3");
  assert.equal((await run('import { latLngToCell } from "h3-js"; latLngToCell(48, 2, 5)')).result, "'851fb62bfffffff'");
  assert.equal((await run('(await import("world-atlas/land-110m.json")).default.type')).result, "'Topology'");
  assert.equal((await run("class Point { x = 1 } new Point()")).result, "Point { x: 1 }");
  assert.equal(
    (await run("new Map([[1, { a: [1n, new Date(0)] }]])")).result,
    "Map(1) { 1 => { a: [ 1n, 1970-01-01T00:00:00.000Z ] } }",
  );
});

test("a sandboxed cell has the web's functions", async () => {
  const cell = `
const abort = new AbortController();
setTimeout(() => abort.abort(), 1);
await new Promise((done) => abort.signal.addEventListener("abort", done));
[
  new URL("/b?c=1", "https://a.example/").href, new URLSearchParams({ q: "ü" }).toString(),
  new TextDecoder().decode(new TextEncoder().encode("é")), atob(btoa("x")), structuredClone(new Map([[1, 2]])).get(1),
  crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)).length, await new Blob(["ab"]).text(),
  typeof performance.now(), typeof queueMicrotask, new Headers({ a: "1" }).get("a"), abort.signal.aborted,
].join(" ")`;
  assert.equal((await run(cell)).result, "'https://a.example/b?c=1 q=%C3%BC é x 2 36 4 ab number function 1 true'");
});

test("digests are those of Web Crypto", async () => {
  const hex =
    'Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"))), (b) => b.toString(16).padStart(2, "0")).join("")';
  assert.match((await run(hex)).result!, /^'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'$/);
  assert.match((await run('await crypto.subtle.digest("MD5", new Uint8Array(1))')).error, /knows SHA-1/);
});

test("errors stand at the author's lines, causes below", async () => {
  const said = await run(
    'const limit: number = 3;\n\nfunction f(n: number) {\n  throw new TypeError(`bad ${n}`, { cause: new Error("why") });\n}\nf(limit);',
  );
  assert.match(
    said.error,
    /^TypeError: bad 3\n {4}at f \(cell\[\d+\]:4:9\)\n {4}at cell\[\d+\]:6:1\nCaused by: Error: why/,
  );
  assert.match(said.error, /> 4 \| {3}throw new TypeError/);
  assert.doesNotMatch(said.error, /fused-sandbox|isolated-vm/);
  assert.match((await run("const = 3")).error, /^SyntaxError: .*\n {4}at cell\[\d+\]:1:7/);
});

test("what a timer prints or throws after its cell is shown, and nobody's rejection ends anything", async () => {
  await run('setTimeout(() => { console.log("later"); throw new Error("in a timer"); }, 30);');
  const all = await output(/in a timer/);
  assert.match(all, /later\n[^]*Uncaught: Error: in a timer\n {4}at cell\[\d+\]:1:\d+/);
  await run('Promise.reject(new Error("lost on purpose")); 1');
  assert.match(await output(/lost on purpose/), /Unhandled rejection: Error: lost on purpose/);
  assert.equal((await run("2")).result, "2");
});

test("what is printed comes whole and in order, however much", async () => {
  const said = await run('for (let i = 0; i < 20_000; i++) console.log("line", i); "done"');
  assert.equal(said.stdout, Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(""));
  assert.equal((await run('console.log("x".repeat(10_000_000))')).stdout.length, 10_000_001);
});

test("tables, maps, pictures, charts and HTML are shown, without anything that runs", async () => {
  const table = await run('[{ a: 1, b: "<img src=x onerror=alert(1)>" }, { a: 2, b: "y" }]');
  assert.match(table.result!, /2 rows × 2 columns/);
  assert.doesNotMatch(String(table.value["text/html"]), /<img src=x/);
  const map = await run(
    '({ type: "FeatureCollection", features: [{ type: "Feature", properties: { a: 1 }, geometry: { type: "Point", coordinates: [1, 2] } }] })',
  );
  assert.ok(String(map.value["image/png"]).startsWith("iVBOR"), "the map is drawn");
  assert.match(String(map.value["text/html"]), /<img[^>]+src="data:image\/png/, "pictures survive the cleaning");
  const arrow = await run('import { tableFromArrays } from "apache-arrow"; tableFromArrays({ n: [1, 2, 3] })');
  assert.match(arrow.result!, /3 rows × 1 column/);
  assert.ok((await run("({ data: new Uint8Array(64).fill(9), width: 4, height: 4 })")).value["image/png"]);
  assert.ok(
    (await run('({ data: [{ type: "bar", x: [1], y: [2] }], layout: {} })')).value["application/vnd.plotly.v1+json"],
  );
  const html = await run(
    '%%html\n<b onclick="steal()">hi</b><script>steal()</script><iframe src=//evil.example></iframe>',
  );
  assert.deepEqual(html.displays[0]!["text/html"], "<b>hi</b>");
  const own = await run(
    'await display({ "text/markdown": "# T <script>x()</script> [l](javascript:x())", "application/javascript": "x()", "application/vnd.jupyter.widget-view+json": { model_id: "1" }, "image/svg+xml": "<svg onload=x()><script>x()</script></svg>" }, { raw: true });',
  );
  const shown = JSON.stringify(own.displays[0]);
  assert.doesNotMatch(shown.replace(/"text\/plain":"[^"]*"/, ""), /script|javascript|onload|widget-view/);
});

test("control sequences do not reach a terminal, colours do", async () => {
  const cell = String.raw`
console.log("\x1b[31mred\x1b[0m \x1b]52;c;ZXZpbA==\x07 \x9b31m\x00");
await display({ "text/plain": "\x1b]0;title\x07" }, { raw: true });
throw new Error("\x1b[2Jgone");`;
  const said = await run(cell);
  assert.equal(said.stdout, "\u001b[31mred\u001b[0m ␛]52;c;ZXZpbA==� �31m�\n");
  assert.equal(said.displays[0]!["text/plain"], "␛]0;title�");
  assert.match(said.error, /␛\[2Jgone/);
  assert.doesNotMatch((await run("throw new Error(`\u001b[2J`)")).error, /\u001b\[2J/);
  const asked = await run('prompt("one\\n\\x1b[2Jtwo")', () => "x");
  assert.equal(asked.prompts[0], "one ␛[2Jtwo");
});

test("display, update, clear, user expressions", async () => {
  const said = await run(
    'const shown = await display("a"); await shown.update({ b: 1 }); clearOutput({ wait: true }); await display({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "drawn" }) });',
  );
  assert.deepEqual(
    said.displays.map((data) => data["text/plain"]),
    ["'a'", "drawn", "{ b: 1 }"],
  );
  const asked = raw.execute("1", { user_expressions: { a: "1 + 1", b: "nothing" } });
  await asked.idle;
  const { message } = await asked.reply;
  const expressions = message.content.user_expressions as Record<
    string,
    { status: string; data?: object; ename?: string }
  >;
  assert.deepEqual(expressions["a"]!.data, { "text/plain": "2" });
  assert.equal(expressions["b"]!.ename, "ReferenceError");
});

test("what is drawn, printed and returned comes in the order in which it was, and before the cell is idle", async () => {
  const points =
    '{ type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [1, 2] } }] }';
  const asked = raw.execute(`await display(${points}); console.log("after the map"); "last"`);
  await asked.idle;
  const mine = heard
    .filter(({ parent_header }) => parent_header.msg_id === asked.id)
    .map(({ header }) => header.msg_type);
  const shown = mine.filter((type) => ["display_data", "stream", "execute_result"].includes(type));
  assert.deepEqual(shown, ["display_data", "stream", "execute_result"]);
});

test("prompt, confirm and input ask the person at the front end", async () => {
  const said = await run('[prompt("name? "), confirm("sure?"), await input("more? ")].join()', (prompt) =>
    prompt.startsWith("name") ? "Ada" : "y",
  );
  assert.equal(said.result, "'Ada,true,y'");
  assert.deepEqual(said.prompts, ["name? ", "sure? [y/N] ", "more? "]);
  assert.equal((await run("prompt('name? ')")).result, "null");
  // Nobody answers this one.
  const asked = raw.execute('prompt("stop me")', { allow_stdin: true });
  const isAsked = () => heard.some(({ content }) => content.prompt === "stop me");
  await waitFor("the question", isAsked);
  raw.ask("interrupt_request", {}, "control");
  await asked.idle;
  assert.equal((await run("'x'")).result, "'x'");
});

test("a UDF of a sandboxed notebook runs in the engine, on tiles, over lists, with the notebook's rights", async () => {
  assert.equal(
    (
      await run(
        '%%udf near\nfunction near(bounds: fused.types.Bounds, n: int = 2) {\n  return { type: "FeatureCollection", features: [{ type: "Feature", properties: { n }, geometry: { type: "Point", coordinates: [bounds[0], bounds[1]] } }] };\n}',
      )
    ).status,
    "ok",
  );
  assert.equal((await run('(await near({ x: 0, y: 1, z: 2, n: "5" })).features[0].properties.n')).result, "5");
  assert.equal((await run("const tile = %run_tile near 2/0/1 n=3\ntile.features[0].properties.n")).result, "3");
  const shown = await run("%run_tile near 2/0/1");
  assert.ok(shown.displays[0]!["image/png"]);
  assert.equal((await run("const double = fused.udf((n: number) => n * 2); await double(21)")).result, "42");
  assert.equal((await run("const pool = %map double [1, 2, 3]\nawait pool.results()")).result, "[ 2, 4, 6 ]");
  assert.equal((await run("(await double.map([4, 5]).results()).join()")).result, "'8,10'");
  assert.match((await run('await near({ bounds: [0, 0, 1, 1], n: "many" })')).error, /^UdfParameterError: /);
  const failed = await run("%%udf wrong\nfunction wrong() {\n  throw new Error('no');\n}");
  assert.equal(failed.status, "ok");
  assert.match((await run("await wrong()")).error, /^UdfRuntimeError: [^]*in UDF wrong, line 3/);
});

test("magics: the harmless ones work, those that touch the machine say why not", async () => {
  await run("let kept = 41;");
  assert.match((await run("%who")).stdout, /kept/);
  assert.match((await run("%whos number")).stdout, /kept\s+number\s+41/);
  assert.match((await run("%timeit -n 2 -r 2 1 + 1")).stdout, /per loop/);
  assert.equal((await run("%time kept + 1")).result, "42");
  assert.match((await run("%lsmagic")).stdout, /%run_tile/);
  assert.match((await run("%history -n 1-2")).stdout, /1: 1 \+ 1/);
  assert.match((await run("%map --help")).stdout, /%map NAME/);
  for (const code of [
    "%cd /",
    "%npm install left-pad",
    "%env HOME",
    "%load_ext ./x.ts",
    "%%bash\nls",
    "%%script node\n1",
    "%udf load ./x.ts",
    "%fused options",
    "!ls",
    "const l = !ls -la",
  ]) {
    const { error } = await run(code);
    assert.match(error, /is refused|did you mean|no commands/i, code);
  }
  await run("%reset -f");
  assert.equal((await run("typeof kept")).result, "'undefined'");
});

test("completion and inspection know what lives, and call nothing", async () => {
  await run(
    "const settings = { colour: 1, size: { width: 2 } }; let called = 0; const touch = () => { called++; return {}; };",
  );
  const complete = async (code: string) =>
    (await raw.ask("complete_request", { code, cursor_pos: code.length }).reply).message.content;
  const members = (await complete("settings.")).matches as string[];
  assert.ok(members.includes("colour") && members.includes("size"), members.join());
  assert.ok(((await complete("sett")).matches as string[]).includes("settings"));
  await complete("touch().");
  assert.equal((await run("called")).result, "0");
  const inspected = (await raw.ask("inspect_request", { code: "settings", cursor_pos: 4, detail_level: 0 }).reply)
    .message;
  assert.equal(inspected.content.found, true);
  const whole = (await raw.ask("is_complete_request", { code: "for (;;) {" }).reply).message;
  assert.equal(whole.content.status, "incomplete");
});

test("a UDF of a sandboxed notebook takes no file and no package of this machine along", async () => {
  const file = fileURLToPath(new URL("../../package.json", import.meta.url));
  for (const name of [file, `file://${file}`, `.${"/..".repeat(20)}${file}`]) {
    const named = JSON.stringify(name);
    for (const cell of [
      `%%udf taken\nimport data from ${named};\nexport default () => data;`,
      `const taken = fused.udf(async () => (await import(${named})).default);`,
    ]) {
      await run(cell);
      assert.match(
        (await run("await taken()")).error,
        /from a sandboxed notebook, takes no files of this machine along/,
      );
    }
  }
  await run('%%udf bundled\nimport { extent } from "d3-array";\nexport default () => extent([1, 2]);');
  assert.match((await run("await bundled()")).error, /There is no module "d3-array" for UDFs/);
});
