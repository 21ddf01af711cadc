import assert from "node:assert/strict";
import { test } from "node:test";
import { UdfParameterError } from "../../../fused/errors.ts";
import { parseModuleUdf } from "../../../fused/source/parse-udf.ts";
import type { Parameter, ParameterType } from "../../../engine/udf-frame.ts";

function parse(parameters: string, declarations = "") {
  return parseModuleUdf(`${declarations}\nfunction udf(${parameters}) {}`, { name: "udf" });
}

function only(parameter: string, declarations = ""): Parameter {
  const { parameters } = parse(parameter, declarations).parameters;
  assert.equal(parameters.length, 1);
  return parameters[0]!;
}

const kinds: [annotation: string, type: ParameterType][] = [
  ["string", { kind: "string" }],
  ["`a${string}`", { kind: "string" }],
  ["number", { kind: "float" }],
  ["int", { kind: "int" }],
  ["float", { kind: "float" }],
  ["fused.types.int", { kind: "int" }],
  ["types.float", { kind: "float" }],
  ["boolean", { kind: "boolean" }],
  ["true | false", { kind: "boolean" }],
  ["bigint", { kind: "bigint" }],
  ["UUID", { kind: "uuid" }],
  ["Date", { kind: "date" }],
  ["unknown", { kind: "json" }],
  ["unknown[]", { kind: "list" }],
  ["readonly string[]", { kind: "list" }],
  ["Array<int>", { kind: "list" }],
  ["ReadonlyArray<int>", { kind: "list" }],
  ["Iterable<int>", { kind: "list" }],
  ["[number, string]", { kind: "tuple", length: 2 }],
  ["[a: number, b: string, c: int]", { kind: "tuple", length: 3 }],
  ["[number, ...string[]]", { kind: "list" }],
  ["Record<string, int>", { kind: "dict" }],
  ["object", { kind: "dict" }],
  ["{ a: int }", { kind: "dict" }],
  ["'a' | 'b'", { kind: "enum", values: ["a", "b"] }],
  ["number & { __brand: 'int' }", { kind: "float" }],
  ["Bounds", { kind: "Bounds" }],
  ["fused.types.Bounds", { kind: "Bounds" }],
  ["fused.types.Bbox", { kind: "Bbox" }],
  ["TileXYZ", { kind: "TileXYZ" }],
  ["TileGDF", { kind: "TileGDF" }],
  ["fused.types.Tile", { kind: "TileGDF" }],
  ["ViewportGDF", { kind: "ViewportGDF" }],
  ["GeoDataFrame", { kind: "GeoDataFrame" }],
  ["GeoJSON.FeatureCollection", { kind: "GeoDataFrame" }],
  ["DataFrame", { kind: "DataFrame" }],
  ["Geometry", { kind: "Geometry" }],
  ["Polygon", { kind: "Polygon" }],
  ["Float32Array", { kind: "json" }],
];

test("F008 F009 F010 F015 an annotation gives the parameter's type", () => {
  for (const [annotation, type] of kinds) assert.deepEqual(only(`p: ${annotation}`).type, type, annotation);
});

test("F016 a type may be written as text, as Python's authors do", () => {
  const texts: [string, ParameterType, boolean?][] = [
    ["fused.types.Bounds", { kind: "Bounds" }],
    ["int", { kind: "int" }],
    ["gpd.GeoDataFrame", { kind: "GeoDataFrame" }],
    ["List[str]", { kind: "list" }],
    ["Optional[int]", { kind: "int" }, true],
    ["float | None", { kind: "float" }, true],
  ];
  for (const [text, type, optional = false] of texts) {
    const parameter = only(`p: ${JSON.stringify(text)}`);
    assert.deepEqual([parameter.type, parameter.optional], [type, optional], text);
  }
  assert.deepEqual(only('p: "red"').type, { kind: "enum", values: ["red"] }, "other text is one enumerated string");
});

test("F011 optional parameters, in every way to write one", () => {
  for (const written of ["p?: int", "p: int | undefined", "p: int | null", "p: Optional<int>", "p: int | void"]) {
    const parameter = only(written);
    assert.deepEqual([parameter.type, parameter.optional], [{ kind: "int" }, true], written);
  }
  assert.equal(only("p: int | null").nullable, true);
  assert.equal(only("p?: int").nullable, undefined);
  assert.deepEqual(only("p: 'a' | 'b' | null").type, { kind: "enum", values: ["a", "b"] });
  assert.equal(only("p: int").optional, false);
});

test("F012 a union of types fails at definition, naming the parameter", () => {
  for (const union of ["number | string", "int | float", "Bounds | TileXYZ", "'a' | number", "1 | 2", "N"]) {
    const define = (): unknown => parse(`good: int, size: ${union}`, "type N = number | string;");
    assert.throws(define, (error: UdfParameterError) => {
      assert.ok(error instanceof UdfParameterError);
      assert.equal(error.parameter, "size");
      assert.match(error.message, /Parameter size of udf is a union of types/);
      return true;
    });
  }
});

test("a union whose members come to the same type is that type", () => {
  assert.deepEqual(only("p: int[] | string[]").type, { kind: "list" });
  assert.deepEqual(only("p: A | 'c'", "type A = 'a' | 'b';").type, { kind: "enum", values: ["a", "b", "c"] });
});

test("aliases, interfaces and enums declared in the same cell are followed", () => {
  const declarations = `
    type Count = int;
    type Counts = Count[];
    type Maybe = Count | null;
    export interface Place { lat: number; lng: number }
    enum Color { Red = "red", Green = "green" }
    type Bounds = { not: "ours" };
  `;
  const wanted: Record<string, ParameterType> = {
    Count: { kind: "int" },
    Counts: { kind: "list" },
    Maybe: { kind: "int" },
    Place: { kind: "dict" },
    Color: { kind: "enum", values: ["red", "green"] },
    Bounds: { kind: "dict" },
    "fused.types.Bounds": { kind: "Bounds" },
  };
  for (const [name, type] of Object.entries(wanted))
    assert.deepEqual(only(`p: ${name}`, declarations).type, type, name);
});

test("imported types are known by the name they have in their module", () => {
  const declarations = `
    import type { Bounds as Box, int } from "fused-kernel";
    import type { Polygon } from "geojson";
    import * as fk from "fused-kernel";
    import type { TileXYZ } from "./mine";
  `;
  assert.deepEqual(only("p: Box", declarations).type, { kind: "Bounds" });
  assert.deepEqual(only("p: Polygon", declarations).type, { kind: "Polygon" });
  assert.deepEqual(only("p: fk.types.TileXYZ", declarations).type, { kind: "TileXYZ" });
  assert.deepEqual(only("p: TileXYZ", declarations).type, { kind: "json" }, "somebody else's TileXYZ");
});

test("a type that is not known here leaves the parameter un-annotated, with one warning for all", () => {
  const { parameters, warnings } = parse("a: Foo, b: Promise<int>, c: keyof T, d: int, e: Loop", "type Loop = Loop;");
  assert.deepEqual(
    parameters.parameters.map(({ type }) => type.kind),
    ["json", "json", "json", "int", "json"],
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /the type of a, b, c, e is not known here/);
});

test("F014 without an annotation a literal initialiser tells the type, else there is none", () => {
  const literals: [string, ParameterType, unknown?][] = [
    ["p", { kind: "json" }],
    ["p = 5", { kind: "float" }, 5],
    ["p = -0.5", { kind: "float" }, -0.5],
    ["p = true", { kind: "boolean" }, true],
    ['p = "x"', { kind: "string" }, "x"],
    ["p = `x`", { kind: "string" }, "x"],
    ["p = [1, 'a']", { kind: "list" }, [1, "a"]],
    ["p = { a: 1, 'b': [2] }", { kind: "dict" }, { a: 1, b: [2] }],
    ["p = 5n", { kind: "bigint" }, "5"],
    ["p = NaN", { kind: "float" }],
    ["p = [1] as const", { kind: "list" }, [1]],
    ["p = Date.now()", { kind: "json" }],
    ["p = [a]", { kind: "json" }],
    ["p: int = 5", { kind: "int" }, 5],
  ];
  for (const [written, type, value] of literals) {
    const parameter = only(written);
    assert.deepEqual([parameter.type, parameter.default], [type, value], written);
    assert.equal(parameter.hasDefault, written.includes("="));
  }
  assert.deepEqual([only("p = null").optional, only("p = null").nullable], [true, true]);
});

test("an un-annotated bounds, bbox or tile is a tile parameter, unless its default says otherwise", () => {
  const named: [string, ParameterType["kind"]][] = [
    ["bounds", "Bounds"],
    ["bounds = null", "Bounds"],
    ["bounds = [-180, -90, 180, 90]", "Bounds"],
    ["bounds = 5", "float"],
    ["bbox", "TileGDF"],
    ["bbox = [0, 0, 1, 1]", "Bounds"],
    ["tile", "TileXYZ"],
    ["tile = 'big'", "string"],
    ["bounds: number[]", "list"],
  ];
  for (const [written, kind] of named) assert.equal(only(written).type.kind, kind, written);
});

test("properties of one destructured object are the parameters", () => {
  const declarations = "interface Named { name?: string } interface P extends Named { n: int; mode: 'a' | 'b' }";
  const { parameters } = parse("{ n, name = 'x', mode: m, in: inside, z }: P & { in: boolean }", declarations);
  assert.equal(parameters.style, "object");
  assert.deepEqual(
    parameters.parameters.map(({ name, type, optional, hasDefault }) => [name, type.kind, optional, hasDefault]),
    [
      ["n", "int", false, false],
      ["name", "string", true, true],
      ["mode", "enum", false, false],
      ["in", "boolean", false, false],
      ["z", "json", false, false],
    ],
  );
  assert.equal(parse("{ n = 3 }: Partial<{ n: int }> = {}").parameters.parameters[0]?.optional, true);
  assert.equal(parse("{ bounds, n = 3 }").parameters.parameters[0]?.type.kind, "Bounds");
});

test("F016 a rest parameter, a rest property or an index signature takes every further name", () => {
  assert.equal(parse("n: int, ...kwargs").parameters.rest, true);
  assert.equal(parse("{ n }: { n: int; [name: string]: unknown }").parameters.rest, true);
  const { parameters } = parse("{ n, ...more }: { n: int; size: float }");
  assert.deepEqual(
    [parameters.rest, ...parameters.parameters.map(({ name, type }) => `${name}:${type.kind}`)],
    [true, "n:int", "size:float"],
  );
  assert.equal(parse("n: int").parameters.rest, false);
});

test("a parameter without a name is refused", () => {
  assert.throws(() => parse("a: int, { b }: { b: int }"), /a destructured object must be the only parameter/);
  assert.throws(() => parse("[a, b]: [int, int]"), /Parameter 1 of udf has no name: give it a name/);
  assert.throws(() => parse("{ [key]: value }: any"), /computed name/);
});

test("a declared `this` is no parameter", () => {
  assert.deepEqual(
    parse("this: void, n: int").parameters.parameters.map(({ name }) => name),
    ["n"],
  );
});
