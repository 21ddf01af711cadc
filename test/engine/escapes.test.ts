import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { escapes, leaked } from "./escape-attempts.ts";
import { useEngine } from "./udf-fixture.ts";

const { run, value } = useEngine();

describe("known escapes of vm2, Node's vm and isolated-vm give nothing", () => {
  test(`the list has at least 60`, () => {
    assert.ok(escapes.length >= 60, `${escapes.length}`);
    assert.equal(new Set(escapes.map(([name]) => name)).size, escapes.length);
  });

  test("the detector finds what Node has", () => {
    // The very code that runs in the isolates, here where there is something to find.
    const plain = leaked.replace(/: (any\[\]|any|string)(?=[ ,)=;:])/g, "");
    const detect = new Function("require", `${plain}\nreturn leaked;`)(undefined) as (...got: unknown[]) => string;
    assert.equal(detect(process), "ESCAPED");
    assert.equal(detect(Function), "ESCAPED");
    assert.equal(detect({}), "ESCAPED", "by its constructor's constructor");
    assert.equal(detect(undefined, 1, "text"), "ESCAPED", "a number's constructor leads there, too");
    assert.equal(detect(undefined, null), "contained");
  });

  for (const [name, body] of escapes) {
    test(name, async () => {
      const source = `async ({ given }: any) => {${leaked}${body}}`;
      const outcome = await run(source, { given: { a: [1] } }, { limits: { timeoutMs: 10_000 } });
      if (outcome.status === "ok") assert.equal(outcome.value, "contained");
      else
        assert.ok(
          ["runtime", "timeout"].includes(outcome.error.kind),
          `${outcome.error.kind}: ${outcome.error.message}`,
        );
    });
  }

  test("after all of them a run works as ever", async () => {
    assert.equal(await value("() => [1, 2, 3].map((n) => n * 2).join()"), "2,4,6");
  });
});
