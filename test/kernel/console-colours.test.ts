import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "./talk.ts";

delete process.env.FORCE_COLOR;
delete process.env.NO_COLOR;
const { run } = await openTestKernel();
const printed = async (code: string): Promise<string> => (await run(code)).stdout;
const green = (text: string) => `\u001b[32m${text}\u001b[39m`;
const yellow = (text: string) => `\u001b[33m${text}\u001b[39m`;

test("objects are told in colours on the console; text and numbers as they are, and results plain", async () => {
  assert.equal(await printed("console.log({ a: 'x', b: [1] })"), `{ a: ${green("'x'")}, b: [ ${yellow("1")} ] }\n`);
  assert.equal(await printed("console.log('n', 1, true, null, 5n)"), "n 1 true null 5n\n");
  assert.equal(await printed("console.log('n', 1, { b: 2 }, 5n)"), `n 1 { b: ${yellow("2")} } 5n\n`);
  assert.equal(await printed("console.log('%d of %o', 5, { c: 3 }, 4)"), `5 of { c: ${yellow("3")} } ${yellow("4")}\n`);
  assert.equal(
    await printed("console.group('in'); console.log({ d: 1 }); console.groupEnd(); console.log('out')"),
    `in\n  { d: ${yellow("1")} }\nout\n`,
  );
  assert.equal((await run("console.error({ e: 1 })")).stderr, `{ e: ${yellow("1")} }\n`);
  assert.equal((await run("({ a: 'x' })")).result, "{ a: 'x' }");
  assert.equal(await printed("console.clear(); console.log(process.stdout.isTTY)"), "undefined\n");
});

test("NO_COLOR and FORCE_COLOR of the cell's environment are heeded", async () => {
  assert.equal(await printed("process.env.NO_COLOR = '1'; console.log({ a: 1 })"), "{ a: 1 }\n");
  assert.equal(await printed("delete process.env.NO_COLOR; console.log({ a: 1 })"), `{ a: ${yellow("1")} }\n`);
  assert.equal(await printed("process.env.FORCE_COLOR = '0'; console.log({ a: 1 })"), "{ a: 1 }\n");
  assert.equal(await printed("process.env.FORCE_COLOR = '1'; console.log(1)"), `${yellow("1")}\n`);
});
