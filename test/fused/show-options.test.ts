import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";

const { run } = await openTestKernel();
await run("const rows = Array.from({ length: 12_345 }, (_, i) => ({ i, square: i * i }))");

test("F179 show.formatNumbers sets the thousands of counts apart, or not", async () => {
  assert.match((await run("rows")).result!, /12,345 rows/);
  assert.equal((await run("fused.options.show.formatNumbers = false; undefined")).error, "");
  assert.match((await run("rows")).result!, /12345 rows/);
  await run("fused.options.reset('show'); undefined");
  assert.match((await run("rows")).result!, /12,345 rows/);
});

test("F179 show.showWidget: values as widgets, or as text alone", async () => {
  const types = async () => {
    const { messages } = await run("rows");
    const { data } = messages.find(({ header }) => header.msg_type === "execute_result")!.content as { data: object };
    return Object.keys(data);
  };
  assert.ok((await types()).includes("text/html"));
  await run("fused.setOption('show.show_widget', false)");
  assert.deepEqual(await types(), ["text/plain"]);
  await run("fused.options.reset('show')");
});

test("F179 show.enableTqdm: a pool shows its progress, or nothing", async () => {
  await run("const twice = fused.udf((n: number) => n * 2)");
  const submit = "void await fused.submit(twice, [1, 2, 3], { cache: false })";
  assert.ok((await run(submit)).displays.length > 0);
  await run("fused.options.show.enableTqdm = false");
  const { displays, error } = await run(submit);
  assert.equal(error, "");
  assert.equal(displays.length, 0);
});
