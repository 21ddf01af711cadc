import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { coerceParameters } from "../../fused/coerce.ts";
import { UdfParameterError } from "../../fused/errors.ts";
import { parseModuleUdf } from "../../fused/source/parse-udf.ts";
import { createBounds } from "../../fused/types.ts";

function coerce(declaration: string, given: Record<string, unknown> | unknown[], unknown?: "error" | "ignore") {
  const { parameters } = parseModuleUdf(`function udf(${declaration}) {}`, { name: "udf" });
  return coerceParameters(parameters, given, { unknown, udfName: "udf" });
}

/** The value of a parameter `p` of some type. */
const value = (type: string, given: unknown): unknown => coerce(`p: ${type}`, { p: given })["p"];

function errorOf(type: string, given: unknown): UdfParameterError {
  try {
    const got = value(type, given);
    assert.fail(`${type} took ${String(given)} as ${String(got)}`);
  } catch (error) {
    assert.ok(error instanceof UdfParameterError, String(error));
    assert.equal(error.parameter, "p");
    assert.match(error.message, /^Parameter p of udf (is declared \w+ and )?must be /);
    return error;
  }
}

const accepted: [type: string, given: unknown, wanted: unknown][] = [
  ["int", "007", 7],
  ["int", " 5 ", 5],
  ["int", "-12", -12],
  ["int", "+3", 3],
  ["int", 7, 7],
  ["int", 7.0, 7],
  ["int", 7n, 7],
  ["int", "-0", 0],
  ["float", "1e3", 1000],
  ["float", " .5 ", 0.5],
  ["float", "-1.25E-2", -0.0125],
  ["float", "5.", 5],
  ["float", "NaN", NaN],
  ["float", "Infinity", Infinity],
  ["float", "-inf", -Infinity],
  ["float", 0.1, 0.1],
  ["number", "3", 3],
  ["boolean", "TRUE", true],
  ["boolean", "false", false],
  ["boolean", "0", false],
  ["boolean", "yes", true],
  ["boolean", "on", true],
  ["boolean", 1, true],
  ["boolean", false, false],
  ["bigint", "613196571539931135", 613196571539931135n],
  ["bigint", "-9223372036854775808", -9223372036854775808n],
  ["bigint", 5, 5n],
  ["bigint", 5n, 5n],
  ["string", "7", "7"],
  ["string", 7, "7"],
  ["string", "", ""],
  ["string", "null", "null"],
];

test("F008 text and JSON values become numbers, booleans and text", () => {
  for (const [type, given, wanted] of accepted)
    assert.deepEqual(value(type, given), wanted, `${type} ${String(given)}`);
});

const refused: [type: string, given: unknown, message: RegExp][] = [
  ["int", "1.0", /a whole number; what came is "1.0"/],
  ["int", "1e3", /a whole number/],
  ["int", "", /what came is ""/],
  ["int", "NaN", /a whole number/],
  ["int", 1.5, /what came is 1.5/],
  ["int", true, /what came is true/],
  ["int", "9007199254740993", /below 2\^53 \(declare the parameter bigint/],
  ["int", null, /what came is null/],
  ["float", "", /a number/],
  ["float", "0x10", /a number/],
  ["float", "1,5", /a number/],
  ["float", "five", /a number; what came is "five"/],
  ["float", [1], /what came is \[ 1 \]/],
  ["boolean", "", /true or false/],
  ["boolean", "2", /true or false/],
  ["boolean", "nope", /true or false/],
  ["bigint", 2 ** 60, /numbers from 2\^53 on are rounded/],
  ["bigint", "1.5", /a whole number/],
  ["string", null, /text/],
];

test("F008 what does not fit is an error with the parameter, its declared type and the value", () => {
  for (const [type, given, message] of refused) {
    const error = errorOf(type, given);
    assert.match(error.message, message);
    assert.deepEqual([error.udfName, error.value], ["udf", given]);
  }
  assert.equal(errorOf("int", "x").declaredType, "int");
  assert.ok(errorOf("int", "x".repeat(5000)).message.length < 250, "a long value is abbreviated");
});

test("F009 lists, dicts and tuples come from JSON text or as they are", () => {
  assert.deepEqual(value("int[]", "[1, 2]"), [1, 2]);
  assert.deepEqual(value("unknown[]", ["a"]), ["a"]);
  assert.deepEqual(value("Iterable<int>", new Set([1])), [1]);
  const typed = new Float32Array(3);
  assert.equal(value("number[]", typed), typed);
  assert.deepEqual(
    value("Record<string, int>", '{"a": 1, "b": 2, "a": 3}'),
    { a: 3, b: 2 },
    "of duplicate keys the last",
  );
  assert.deepEqual(value("object", { a: 1 }), { a: 1 });
  assert.deepEqual(value("[int, string]", '[1, "b"]'), [1, "b"]);
  assert.match(
    errorOf("int[]", "a,b").message,
    /it is not JSON; line 1, column 1: there is "a" where a value must stand/,
  );
  assert.match(errorOf("int[]", '{"a": 1}').message, /an array/);
  assert.match(errorOf("object", "[1]").message, /an object/);
  assert.match(errorOf("object", [1]).message, /an object/);
  assert.match(errorOf("[int, int]", "[1]").message, /an array of 2 items \(this has 1\)/);
  assert.match(errorOf("int[]", "[".repeat(600) + "]".repeat(600)).message, /nested at most 500 deep/);
});

test("F010 a UUID in canonical text, whatever its letter case", () => {
  assert.equal(value("UUID", "123E4567-E89B-12D3-A456-426614174000"), "123e4567-e89b-12d3-a456-426614174000");
  for (const bad of ["123e4567e89b12d3a456426614174000", "nope", "", 5]) {
    assert.match(errorOf("UUID", bad).message, /a UUID such as/);
  }
});

test("dates come as ISO 8601, milliseconds or Date; enumerated strings name the choice", () => {
  assert.deepEqual(value("Date", "2024-05-01"), new Date("2024-05-01"));
  assert.deepEqual(value("Date", 0), new Date(0));
  const date = new Date(5);
  assert.equal(value("Date", date), date);
  for (const bad of ["May", "1", "2024-13-01", new Date(NaN)])
    assert.match(errorOf("Date", bad).message, /a date, such as/);
  assert.equal(value("'red' | 'green'", "red"), "red");
  assert.match(errorOf("'red' | 'green'", "gren").message, /one of "red", "green" \(did you mean "green"\?\)/);
});

test("F011 absent, null and empty give none; a value is coerced as its inner type", () => {
  for (const none of [undefined, null, "", "null", "None", " none "]) {
    assert.deepEqual(coerce("p?: int", { p: none }), {}, "left out, so that a default applies");
    assert.deepEqual(coerce("p: int | null", { p: none }), { p: null });
  }
  assert.deepEqual(coerce("p?: int", { p: "5" }), { p: 5 });
  assert.deepEqual(coerce("p?: int", {}), {});
  assert.deepEqual(coerce("p: int | null = 3", {}), {}, "an absent one gets the default");
  assert.deepEqual(coerce("p: int | null = 3", { p: null }), { p: null }, "an explicit null is null");
  assert.match(errorOf("int = 3", null).message, /Leave it out to get its default/);
  assert.throws(() => coerce("p?: int", { p: "x" }), UdfParameterError);
});

test("F013 a GeoDataFrame from GeoJSON text of any kind has a row for each feature", () => {
  const point = { type: "Point", coordinates: [1, 2] };
  const feature = { type: "Feature", properties: { a: 1 }, geometry: point };
  const crs = { type: "name", properties: { name: "EPSG:3857" } };
  const rows = (given: unknown): number => (value("GeoDataFrame", given) as { features: unknown[] }).features.length;
  assert.equal(rows(JSON.stringify(point)), 1);
  assert.equal(rows(JSON.stringify(feature)), 1);
  assert.equal(rows(JSON.stringify({ type: "FeatureCollection", features: [feature, feature] })), 2);
  assert.equal(rows([feature, feature, { geometry: point }]), 3);
  assert.equal(rows("[-10, -20, 10, 20]"), 1);
  assert.deepEqual(value("GeoDataFrame", { type: "FeatureCollection", crs, features: [feature] }), {
    type: "FeatureCollection",
    crs,
    features: [feature],
  });
  const table = tableFromArrays({ a: [1] });
  assert.equal(value("GeoDataFrame", table), table, "an Arrow table passes");
  for (const bad of ['{"type": "Banana"}', "5", "[1, 2]", { a: 1 }]) errorOf("GeoDataFrame", bad);
});

test("F036 the malformed sample GeoJSON is told by line and column; repaired it works", () => {
  const ring =
    "[[[-77.16796875, 38.54816542304658], [-77.16796875, 38.410558250946075], [-77.34375, 38.410558250946075], " +
    "[-77.34375, 38.54816542304658], [-77.16796875, 38.54816542304658]]]";
  const sample = `{"geometry": {"type": "Polygon", "coordinates": ${ring}}}]`;
  const error = errorOf("GeoDataFrame", sample);
  assert.deepEqual([error.line, error.column], [1, 224]);
  assert.match(error.message, /line 1, column 224: there is "\]" where the end must stand/);
  const repaired = value("GeoDataFrame", sample.slice(0, -1)) as { features: { type: string }[] };
  assert.deepEqual(
    repaired.features.map(({ type }) => type),
    ["Feature"],
  );
});

test("F014 without an annotation text stays text, and a value stays the value it is", () => {
  assert.deepEqual(coerce("a", { a: "7" }), { a: "7" });
  assert.deepEqual(coerce("a", { a: "[1]" }), { a: "[1]" });
  assert.deepEqual(coerce("a", { a: [1] }), { a: [1] });
  assert.deepEqual(coerce("a = 1", { a: "1.5" }), { a: 1.5 }, "a literal default is an annotation");
});

test("F015 a DataFrame from rows or columns, as JSON text or as it is", () => {
  const rows = [
    { a: 1, b: "x" },
    { a: 2, b: "y" },
  ];
  assert.deepEqual(value("DataFrame", JSON.stringify(rows)), rows);
  assert.deepEqual(value("DataFrame", '{"a": [1, 2], "b": ["x", "y"]}'), rows);
  assert.deepEqual(value("DataFrame", '{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}'), rows, "pandas' default");
  assert.deepEqual(value("DataFrame", { a: new Int32Array([1, 2]), b: ["x", "y"] }), rows);
  assert.deepEqual(value("DataFrame", []), []);
  const table = tableFromArrays({ a: [1, 2] });
  assert.equal(value("DataFrame", table), table, "an Arrow table passes");
  assert.match(errorOf("DataFrame", '{"a": [1], "b": [1, 2]}').message, /of one length \(a has 1, b has 2\)/);
  assert.match(errorOf("DataFrame", "[1, 2]").message, /row 0 is no object/);
  assert.match(errorOf("DataFrame", '{"a": 1}').message, /column a is neither/);
});

test("F015 geometries from WKT, GeoJSON and Features", () => {
  const polygon = {
    type: "Polygon",
    coordinates: [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    ],
  };
  const wkt = "POLYGON ((0 0, 1 0, 1 1, 0 0))";
  assert.deepEqual(value("Polygon", wkt), polygon);
  assert.deepEqual(value("Geometry", wkt.toLowerCase()), polygon);
  assert.deepEqual(value("Geometry", `SRID=4326;${wkt}`), polygon);
  assert.deepEqual(value("Geometry", "POINT Z (1 2 3)"), { type: "Point", coordinates: [1, 2, 3] });
  assert.deepEqual(value("Geometry", JSON.stringify(polygon)), polygon);
  assert.equal(value("Polygon", { type: "Feature", properties: null, geometry: polygon }), polygon);
  assert.match(errorOf("Polygon", "POINT (1 2)").message, /a polygon, as GeoJSON or WKT \(this is a Point\)/);
  const error = errorOf("Geometry", "POLYGON ((0 0,\n 1 a, 1 1))");
  assert.deepEqual([error.line, error.column], [2, 4]);
  assert.match(error.message, /line 2, column 4/);
  for (const bad of ["", "POINT (1)", "POINT (1 2) POINT (3 4)", "circle", 5]) errorOf("Geometry", bad);
});

test("F015 F040 Bounds from text, numbers, GeoJSON, WKT or a tile", () => {
  const box = [-180, -90, 180, 90];
  assert.deepEqual(value("Bounds", "[-180,-90,180,90]"), box);
  assert.deepEqual(value("Bounds", "-180,-90,180,90"), box);
  assert.deepEqual(value("Bounds", new Float64Array(box)), box);
  assert.deepEqual(value("Bounds", createBounds(box)), box);
  assert.deepEqual(
    value("Bounds", {
      type: "LineString",
      coordinates: [
        [1, 2],
        [3, -4],
      ],
    }),
    [1, -4, 3, 2],
  );
  assert.deepEqual(value("Bounds", "POINT (1 2)"), [1, 2, 1, 2]);
  assert.deepEqual(value("Bounds", { x: 0, y: 0, z: 1 }), [-180, 0, 0, 85.0511287798066]);
  assert.deepEqual(value("Bounds", "1/0/0"), [-180, 0, 0, 85.0511287798066]);
  assert.deepEqual(value("Bounds", [170, 0, -170, 5]), [170, 0, -170, 5], "across the antimeridian");
  const bad: [unknown, RegExp][] = [
    ["[[-180,-90,180,90]]", /four numbers/],
    ["[1, 2, 3]", /these are 3 values/],
    [[1, 2, 3, NaN], /four finite numbers/],
    ["[0, 5, 1, 4]", /south is not above its north \(5 > 4\)/],
    ['{"type": "FeatureCollection", "features": []}', /has coordinates/],
    ["[1, 2,", /line 1, column 7: the text ends where a value must stand/],
    [{ x: 9, y: 0, z: 1 }, /a tile that exists \(Tile x 9 is out of range/],
    ["somewhere", /an area:/],
  ];
  for (const [given, message] of bad) assert.match(errorOf("Bounds", given).message, message);
});

test("F039 F040 Bbox, TileXYZ, TileGDF and ViewportGDF arrive with their shapes", () => {
  const tile = { x: 584, y: 786, z: 11 };
  const bbox = value("Bbox", [0, 0, 1, 1]) as { type: string; coordinates: number[][][] };
  assert.deepEqual([bbox.type, bbox.coordinates[0]!.length], ["Polygon", 5]);
  assert.deepEqual(value("TileXYZ", "11/584/786"), tile);
  assert.deepEqual(value("TileXYZ", { x: "584", y: "786", z: "11" }), tile);
  const row = value("TileGDF", tile) as { features: { properties: object; geometry: { type: string } }[] };
  assert.deepEqual(
    row.features.map(({ properties, geometry }) => [properties, geometry.type]),
    [[tile, "Polygon"]],
  );
  assert.equal(value("fused.types.Tile", row), row, "the alias is the same type, and a row made before passes");
  const view = value("ViewportGDF", tile) as { features: { properties: object }[] };
  assert.deepEqual(
    view.features.map(({ properties }) => properties),
    [{}],
  );
});

test("a missing or unknown parameter is named, with the nearest name", () => {
  assert.throws(() => coerce("n: int, m: int", {}), /udf needs n, m, which are not given/);
  assert.throws(
    () => coerce("bounds: Bounds", {}),
    /udf needs bounds, which is not given. .* run it for a tile or a box/,
  );
  assert.throws(() => coerce("count: int = 1", { cuont: 2 }), /no parameter cuont. Did you mean count\?/);
  assert.throws(() => coerce("", { a: 2 }), /It takes no parameters/);
  assert.throws(
    () => coerce("magnitude: number, n: int", { magnitud: 3, n: 1 }),
    /udf has no parameter magnitud\. Did you mean magnitude\?/,
    "the name that was written is the mistake, not the one that is missing",
  );
  assert.throws(() => coerce("area: int", { b: 3 }), /udf has no parameter b\. It takes area\./);
  assert.deepEqual(coerce("n: int", { n: 1, format: "png" }, "ignore"), { n: 1 });
});

test("F016 further names land as text where the UDF takes them", () => {
  const given = { n: "1", b: 2, c: "x", d: [1], e: 5n };
  assert.deepEqual(coerce("n: int, ...kwargs", given), { n: 1, b: "2", c: "x", d: "[1]", e: "5" });
});

test("values in order get the names of the parameters, also where a name is a reserved word", () => {
  assert.deepEqual(coerce("a: int, b: string", ["1", "x"]), { a: 1, b: "x" });
  assert.deepEqual(coerce("a: int, b: string = 'y'", ["1"]), { a: 1 });
  assert.deepEqual(coerce("{ in: a, class: b }: { in: int; class: boolean }", { in: "1", class: "true" }), {
    in: 1,
    class: true,
  });
  assert.throws(() => coerce("a: int", [1, 2]), /udf takes a; 2 values were given/);
});
