import assert from "node:assert/strict";
import { test } from "node:test";
import ivm from "isolated-vm";
import { workerGlobals } from "../../../fused/source/worker-globals.ts";

test("F006 every global of a bare isolate counts as known", async () => {
  const isolate = new ivm.Isolate();
  try {
    const context = await isolate.createContext();
    const names = (await context.eval("JSON.stringify(Object.getOwnPropertyNames(globalThis))")) as string;
    assert.deepEqual(
      (JSON.parse(names) as string[]).filter((name) => !workerGlobals.has(name)),
      [],
    );
  } finally {
    isolate.dispose();
  }
});
