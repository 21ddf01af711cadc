import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openKernel, until } from "./ask-kernel.ts";

/** A program `npm` that comes first on the kernel's PATH, and writes down that it was run. */
const bin = mkdtempSync(join(tmpdir(), "fused-no-npm-"));
const calls = join(bin, "calls.txt");
writeFileSync(join(bin, "npm"), `#!/bin/sh\necho "$@" >> '${calls}'\nexit 1\n`);
chmodSync(join(bin, "npm"), 0o755);

const { run, warm, inspect } = await openKernel({ PATH: `${bin}${delimiter}${process.env.PATH}` });

test("%reset makes the language service forget what cells have declared", async () => {
  await run("const gone = 5; function goner() { return 1 }");
  await warm();
  await until(async () => /const gone: 5/.test((await inspect("gone|")).plain), "its type");
  await until(async () => /function goner\(\): number/.test((await inspect("goner|")).plain), "its type");
  await run("%reset -f");
  assert.doesNotMatch((await inspect("gone|")).plain, /const|5/);
  assert.doesNotMatch((await inspect("goner|")).plain, /function|number/);
  await run("function goner(now: string) { return now }");
  await until(async () => /function goner\(now: string\)/.test((await inspect("goner|")).plain), "its type");
});

test("nothing fetches types of packages unasked", async () => {
  const { stderr } = await run("import * as nowhere from 'no-such-package-at-all'; const b: number = 'x'");
  await until(stderr, "a warning");
  await sleep(1500);
  assert.ok(!existsSync(calls), existsSync(calls) ? `npm ${readFileSync(calls, "utf8")}` : "");
});
