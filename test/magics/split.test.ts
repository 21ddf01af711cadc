import assert from "node:assert/strict";
import { test } from "node:test";
import "../../magics/builtin.ts";
import { splitCell } from "../../magics/split.ts";

const isCode = (source: string) => assert.equal(splitCell(source), source);

test("TypeScript is left alone", () => {
  isCode("const a = 10 % 3");
  isCode("const a = 10\n  % 3");
  isCode("const r = (total\n%count)");
  isCode("const t = `\n%map not a magic\n`");
  isCode("/*\n%map\n*/ 1");
  isCode("const f = [\n  10\n  %b,\n]");
  isCode("if (!ready) wait()");
  isCode("!done && run()");
  isCode("const a = b ? c : d");
  isCode("a?.b ?? c");
  isCode("const r = /%map/.test(x)");
  isCode("const s = '%lsmagic'");
});

test("a line magic becomes a call on its own line", () => {
  assert.equal(splitCell("%lsmagic"), ';await __fused.magic("line", "lsmagic", "", {});');
  const [first, second, third] = splitCell("const a = 1\n%lsmagic\na").split("\n");
  assert.equal(first, "const a = 1");
  assert.match(second!, /__fused\.magic\("line", "lsmagic"/);
  assert.equal(third, "a");
});

test("a magic stands for a value", () => {
  assert.match(
    splitCell("const t = %time work()"),
    /^const t = await __fused\.magic\("line", "time", "work\(\)", \{.*\}, "", 1, true\);$/,
  );
  assert.match(splitCell("let { a } = %time work();"), /^let \{ a \} = await __fused\.magic/);
  assert.match(splitCell("const files = !ls -la"), /^const files = await __fused\.shell\("ls -la", true\);$/);
});

test("a magic in a block", () => {
  assert.match(splitCell("for (const i of [1, 2]) {\n  %lsmagic\n}"), /\n {2};await __fused\.magic/);
});

test("an expression of a magic may go on over lines", () => {
  const split = splitCell("const t = %time [\n  1,\n  2,\n]\nt");
  assert.equal(split.split("\n").length, 5, "lines stay where they are");
  assert.match(split, /\nt$/);
});

test("text of a magic takes values of the notebook as a template does", () => {
  assert.match(splitCell("%time f(${n})"), /"line", "time", `f\(\$\{n\}\)`/);
});

test("a cell magic takes the whole cell, below comments too", () => {
  assert.match(
    splitCell("%%html\n<b>x</b>\n"),
    /^await __fused\.magic\("cell", "html", "", \{\}, "<b>x<\/b>\\n", 2\);$/,
  );
  assert.match(splitCell("// a note\n%%html\nx"), /^\nawait __fused\.magic\("cell", "html", "", \{\}, "x", 3\);$/);
});

test("a shell command", () => {
  assert.equal(
    splitCell("!npm install h3-js && echo ok"),
    ';await __fused.shell("npm install h3-js && echo ok", false);',
  );
  assert.equal(splitCell("!pwd"), ';await __fused.shell("pwd", false);');
});

test("help", () => {
  assert.equal(splitCell("parseInt?"), 'await __fused.help("parseInt", 0)');
  assert.equal(splitCell("a.b??"), 'await __fused.help("a.b", 1)');
  assert.equal(splitCell("?%map"), 'await __fused.help("%map", 0)');
});
