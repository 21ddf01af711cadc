import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as errors from "../../fused/errors.ts";

test("every error is a FusedError with its own name, in its stack too", () => {
  for (const [name, ErrorClass] of Object.entries(errors)) {
    const error = new ErrorClass("no luck");
    assert.ok(error instanceof errors.FusedError && error instanceof Error);
    assert.equal(error.name, name);
    assert.match(error.stack!, new RegExp(`^${name}: no luck\n`));
  }
});

test("details stand on the error, and do not clutter its printed form", () => {
  const cause = new Error("inner");
  const error = new errors.UdfRuntimeError("boom", { udfName: "quakes", line: 3, stdout: "hello\n", cause });
  assert.deepEqual([error.udfName, error.line, error.stdout, error.cause], ["quakes", 3, "hello\n", cause]);
  assert.equal("column" in error, false);
  assert.ok(!inspect(error).includes("stdout"));
});
