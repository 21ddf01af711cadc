import assert from "node:assert/strict";
import { test } from "node:test";
import { evalSchema } from "../../../fused/source/eval-schema.ts";
import { parseModuleUdf } from "../../../fused/source/parse-udf.ts";

const schemaOf = (parameters: string) =>
  evalSchema(
    parseModuleUdf(`function udf(${parameters}) {}`, { name: "udf" }).parameters,
    "quakes",
    "Quakes of a tile.",
  );

test("F017 the schema lists every parameter with its type, default and whether it must be given", () => {
  const schema = schemaOf("bounds: Bounds, n: int, mode: 'a' | 'b' = 'a', note?: string, any = null");
  assert.equal(schema["title"], "quakes");
  assert.equal(schema["description"], "Quakes of a tile.");
  assert.deepEqual(schema["required"], ["bounds", "n"]);
  assert.equal(schema["additionalProperties"], false);
  const properties = schema["properties"] as Record<string, Record<string, unknown>>;
  assert.deepEqual(Object.keys(properties), ["bounds", "n", "mode", "note", "any"]);
  assert.deepEqual(properties["n"], { type: "integer" });
  assert.deepEqual(properties["mode"], { type: "string", enum: ["a", "b"], default: "a" });
  assert.deepEqual(properties["note"], { anyOf: [{ type: "string" }, { type: "null" }] });
  assert.deepEqual(properties["any"], { default: null });
  assert.deepEqual([properties["bounds"]?.["minItems"], properties["bounds"]?.["x-fused-type"]], [4, "Bounds"]);
});

test("F017 every type has a schema, and a catch-all takes strings", () => {
  const types =
    "string int float boolean bigint UUID Date unknown list dict Bounds Bbox TileXYZ TileGDF ViewportGDF GeoDataFrame " +
    "DataFrame Geometry Polygon";
  const schema = schemaOf(
    [...types.split(" ").map((type, i) => `p${i}: ${type}`), "t: [int, int]", "...more"].join(", "),
  );
  const properties = Object.values(schema["properties"] as Record<string, object>);
  assert.equal(properties.length, 20);
  assert.deepEqual(
    properties.filter((property) => Object.keys(property).length === 0).length,
    1,
    "unknown takes anything",
  );
  assert.deepEqual(properties.at(-1), { type: "array", minItems: 2, maxItems: 2 });
  assert.deepEqual(schema["additionalProperties"], { type: "string" });
});
