import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readExpression } from "../../widgets/map/expression.ts";

describe("F185 expressions of deck.gl JSON", () => {
  const evaluate = (text: string, properties: Record<string, unknown> = {}) =>
    readExpression(text)((name) => (Object.hasOwn(properties, name) ? properties[name] : null));

  test("arithmetic, comparison, conditions, lists, properties", () => {
    assert.equal(evaluate("1 + 2 * 3 - 4 / 2"), 5);
    assert.equal(evaluate("properties.cnt > 10 ? 'many' : 'few'", { cnt: 11 }), "many");
    assert.deepEqual(evaluate("[properties.r * 2, 0, -(1 + g)]", { r: 4, g: 5 }), [8, 0, -6]);
    assert.equal(evaluate("kind == 'a' && !(n >= 3)", { kind: "a", n: 2 }), true);
    assert.equal(evaluate("list[1]", { list: [7, 8] }), 8);
    assert.equal(evaluate("d.properties.x ?? 4"), 4);
  });

  test("nothing else can be said in one", () => {
    for (const text of ["alert(1)", "constructor.constructor('x')()", "a = 1", "x => x", "`t`", "1 +", "(1", "[1,"])
      assert.throws(() => evaluate(text), SyntaxError, text);
    assert.equal(evaluate("properties.constructor"), null);
    assert.equal(evaluate("'text'.constructor"), undefined);
  });
});
