import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";

const { run } = await openTestKernel();

test("%%udf makes the cell a UDF that later cells call", async () => {
  const cell =
    "%%udf greet\nconst mark = '!';\nfunction greet(name: string, n: int = 2) {\n  return name.repeat(n) + mark;\n}";
  const defined = await run(cell);
  assert.equal(defined.status, "ok", defined.error);
  assert.equal(defined.stderr, "");
  assert.equal((await run("await greet({ name: 'a' })")).result, "'aa!'");
  assert.equal((await run("await greet('b', '3')")).result, "'bbb!'");
  assert.match((await run("greet")).result!, /^greet\(name: string, n: int = 2\)/);
});

test("%%udf with a bare body takes its parameters from the magic's line, and options from flags", async () => {
  await run("%%udf hello n:int=3 --cache-max-age 10m\nreturn 'hello '.repeat(n).trim();");
  assert.equal((await run("await hello()")).result, "'hello hello hello'");
  assert.equal((await run("[hello.cacheMaxAge, hello.engine]")).result, "[ '10m', undefined ]");
});

test("F006 one warning names what is defined outside, at definition; F004 the run fails with a ReferenceError", async () => {
  await run("const df = [1]");
  const { stderr } = await run("%%udf outer\nexport default () => df.length + offset");
  assert.equal(stderr.trim().split("\n").length, 1);
  assert.match(stderr, /df, offset are defined outside/);
  const { error } = await run("await outer()");
  assert.match(error, /ReferenceError: df is not defined/);
});

test("an import that no UDF may have is told at definition; what may be imported is not", async () => {
  const { stderr, status } = await run(
    "%%udf reads\nimport { readFile } from 'node:fs/promises';\nexport default () => readFile('a')",
  );
  assert.equal(status, "ok");
  assert.match(stderr, /^reads: .*"node:fs\/promises"/);
  const fine = await run(
    "%%udf fine\nimport { bbox } from '@turf/turf';\nimport airports from 'vega-datasets/data/airports.csv';\nexport default () => airports",
  );
  assert.equal(fine.stderr, "");
});

test("an error in the UDF shows the cell's own line with the code around it", async () => {
  await run(
    "%%udf fails\n\nexport default function (n: int) {\n  if (n > 2)\n    throw new RangeError('too many');\n  return n;\n}",
  );
  const { error } = await run("await fails(3)");
  assert.match(error, /RangeError: too many/);
  assert.match(error, /in UDF fails, line 5/);
  assert.match(error, /> 5 \|     throw new RangeError/);
});

test("a syntax error in the cell names the cell's own line", async () => {
  const { error, status } = await run("%%udf broken\nexport default function () {\n  return (;\n}");
  assert.equal(status, "error");
  assert.match(error, /line 3/);
  assert.equal((await run("1 + 1")).result, "2");
});

test("--run shows the value; --help prints the usage and defines nothing", async () => {
  const { displays, error } = await run("%%udf rows --run\nreturn [{ a: 1 }, { a: 2 }];");
  assert.equal(error, "");
  assert.match(String(displays[0]!["text/plain"]), /a/);
  const help = await run("%%udf nothing --help\nreturn 1;");
  assert.match(help.stdout, /^%%udf NAME/);
  assert.match((await run("nothing")).error, /nothing is not defined/);
});

test("wrong lines: no name, a name that is none, an unknown flag", async () => {
  assert.match((await run("%%udf\nreturn 1;")).error, /%%udf needs a name/);
  assert.match((await run("%%udf 3rd\nreturn 1;")).error, /3rd cannot be the name/);
  assert.match(
    (await run("%%udf a --cache-maxage 3\nreturn 1;")).error,
    /no flag --cache-maxage\. Did you mean --cache-max-age\?/,
  );
  assert.match((await run("%%udf a --engine\nreturn 1;")).error, /--engine needs a value/);
  assert.match((await run("%%udf a --cache-max-age soon\nreturn 1;")).error, /cacheMaxAge is an age/);
});
