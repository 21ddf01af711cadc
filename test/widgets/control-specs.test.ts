import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import { controlSpecs } from "../../widgets/map/control-specs.ts";

describe("controls of parameters", () => {
  const parameters = (["int", "float", "boolean", "date", "string", "Bounds"] as const).map((kind) => ({
    name: kind,
    type: { kind },
    optional: false,
    hasDefault: false,
  })) as UdfFrame["parameters"]["parameters"];

  test("by type: sliders, a box to tick, a date, a text; none for the tile", () => {
    const specs = controlSpecs(parameters, { int: 4, float: 0.3 });
    assert.deepEqual(
      specs.map(({ name, kind }) => `${name} ${kind}`),
      ["int slider", "float slider", "boolean checkbox", "date date", "string text"],
    );
    assert.deepEqual(
      specs.slice(0, 2).map(({ min, max, step }) => [min, max, step]),
      [
        [0, 8, 1],
        [0, 1, 0.01],
      ],
    );
  });

  test("with ends or values that are given", () => {
    const [slider, select] = controlSpecs(parameters, {}, { float: [-1, 1, 0.5], string: ["a", "b"] });
    assert.deepEqual([slider!.min, slider!.max, slider!.step], [-1, 1, 0.5]);
    assert.deepEqual([select!.kind, select!.options, select!.value], ["select", ["a", "b"], "a"]);
    assert.throws(() => controlSpecs(parameters, {}, ["flaot"]), /no parameter "flaot"/);
  });
});
