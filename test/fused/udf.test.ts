import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { UdfParameterError, UdfSyntaxError } from "../../fused/errors.ts";
import { defineUdf, setFunctionSourceProvider, udf } from "../../fused/udf.ts";

const source = `async function hello(n: int = 3, name: string = "a"): Promise<string> {
  return name.repeat(n);
}`;

test("F001 fused.udf makes a callable Udf that knows its name, code, parameters and schema", () => {
  const hello = udf(source);
  assert.equal(typeof hello, "function");
  assert.equal(hello.name, "hello");
  assert.equal(hello.code, source);
  assert.deepEqual(hello.parameters, { n: 3, name: "a" });
  assert.deepEqual(
    hello.schema.parameters.map(({ name, type }) => [name, type.kind]),
    [
      ["n", "int"],
      ["name", "string"],
    ],
  );
  assert.equal(hello.entrypoint, "hello");
});

test("a function's TypeScript comes from the notebook session; without one, from the function itself", () => {
  const fn = async (n = 3) => n + 1;
  assert.equal(udf(fn).code, "async (n = 3) => n + 1");
  setFunctionSourceProvider((asked) => (asked === fn ? "async (n: int = 3) => n + 1" : undefined));
  try {
    assert.equal(udf(fn).schema.parameters[0]!.type.kind, "int");
    assert.equal(udf(fn).name, "fn");
  } finally {
    setFunctionSourceProvider(() => undefined);
  }
});

test("F002 each option shows on the Udf", () => {
  const folder = mkdtempSync(join(tmpdir(), "fused-udf-"));
  writeFileSync(join(folder, "utils.ts"), "export const two = 2;");
  const hello = udf(source, {
    name: "greet",
    cacheMaxAge: "1h",
    engine: "local",
    diskSizeGb: 20,
    region: "us-west-2",
    defaultParameters: { n: 5 },
    headers: [join(folder, "utils.ts"), { moduleName: "more", source: "export {}" }],
  });
  assert.equal(hello.name, "greet");
  assert.equal(hello.cacheMaxAge, "1h");
  assert.equal(hello.engine, "local");
  assert.equal(hello.diskSizeGb, 20);
  assert.equal(hello.region, "us-west-2");
  assert.deepEqual(hello.parameters, { n: 5, name: "a" });
  assert.deepEqual(
    hello.headers.map(({ moduleName }) => moduleName),
    ["utils", "more"],
  );
  assert.equal(hello.entrypoint, "hello", "what is called stays what it is");
});

test("F002 Python's names are understood, both spellings at once and unknown names are refused", () => {
  const loose = (options: object) => () => udf(source, options);
  assert.equal(loose({ cache_max_age: "10m", instance_type: "small" })().engine, "small");
  assert.throws(loose({ cache_max_age: "10m", cacheMaxAge: "10m" }), { name: "TypeError", message: /both spellings/ });
  assert.throws(loose({ cacheMaxAg: "10m" }), {
    name: "TypeError",
    message: /no option cacheMaxAg\. Did you mean cacheMaxAge\?/,
  });
  assert.throws(loose({ cacheMaxAge: "soon" }), { name: "TypeError", message: /"30s"/ });
  assert.throws(loose({ engine: "lokal" }), /Did you mean "local"\?/);
});

test("what is no function is refused", () => {
  assert.throws(() => udf(3 as never), { name: "TypeError", message: /takes a function/ });
  assert.throws(() => udf("function ( {"), UdfSyntaxError);
  assert.throws(() => udf("(n: number | string) => n"), UdfParameterError);
});

test("F018 meta has name, slug, udfType and the comment before the function; printing shows the signature", () => {
  const described = defineUdf({
    name: "quake map",
    cellSource: "/** Draws quakes. */\nexport default function (n: int = 3) { return n; }",
    origin: { name: "cell[1]", firstLine: 2 },
  });
  assert.deepEqual(described.meta, {
    name: "quake map",
    slug: "quake_map",
    udfType: "auto",
    description: "Draws quakes.",
  });
  assert.equal(described.metadata, described.meta);
  assert.match(inspect(udf(source)), /^hello\(n: int = 3, name: string = "a"\)/);
  const drawn = (udf(source) as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ]!();
  assert.match(drawn["text/plain"]!, /^hello\(n: int = 3/);
  assert.match(drawn["text/html"]!, /<td><code>n<\/code><\/td><td>int<\/td><td>3<\/td>/);
});

test("F062 setParameters lays values under those of every call", () => {
  const hello = udf(source);
  assert.equal(hello.setParameters({ n: 7 }), hello);
  assert.deepEqual(hello.parameters, { n: 7, name: "a" });
  hello.setParameters({ name: "b" });
  assert.deepEqual(hello.parameters, { n: 7, name: "b" });
  hello.setParameters({ name: "c" }, { replaceParameters: true });
  assert.deepEqual(hello.parameters, { n: 3, name: "c" });
});

test("with gives another Udf with other run options; a Udf given to fused.udf does the same", () => {
  const hello = udf(source);
  assert.equal(hello.with({ engine: "local", cacheMaxAge: 60 }).cacheMaxAge, 60);
  assert.equal(hello.engine, undefined);
  assert.equal(udf(hello, { name: "other" }).name, "other");
  assert.throws(() => hello.with({ engin: "local" } as object), {
    name: "TypeError",
    message: /Did you mean engine\?/,
  });
});

test("F017 evalSchema is a JSON Schema of the parameters", () => {
  const { properties, required } = udf("(n: int, name: string = 'a') => n").evalSchema();
  assert.deepEqual(properties, { n: { type: "integer" }, name: { type: "string", default: "a" } });
  assert.deepEqual(required, ["n"]);
  const given = udf("(n: int) => n", { defaultParameters: { n: 4 } }).evalSchema();
  assert.deepEqual([given["properties"], given["required"]], [{ n: { type: "integer", default: 4 } }, []]);
});

test("F006 a name from outside is named in one warning at definition, a clean UDF gives none", () => {
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const origin = { name: "cell[1]", firstLine: 2 };
  defineUdf({ name: "a", cellSource: "export default (n: int) => n + offset + df.length", origin, warn });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /offset, df/);
  defineUdf({ name: "b", cellSource: "const two = 2;\nexport default (n: int) => n + two", origin, warn });
  assert.equal(warnings.length, 1);
});
