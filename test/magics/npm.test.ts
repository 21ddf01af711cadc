import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openTestKernel } from "../kernel/talk.ts";
import { openRegistry } from "./npm-registry.ts";

const packed = (version: string, value: number) => ({
  name: "tide-tables",
  version,
  files: {
    "package.json": JSON.stringify({ name: "tide-tables", version, type: "module", exports: "./index.js" }),
    "index.js": `export const high = ${value};`,
  },
});
const registry = await openRegistry([packed("1.0.0", 1), packed("1.2.0", 12)]);
after(registry.close);
const { run, cwd } = await openTestKernel({
  env: {
    npm_config_registry: registry.url,
    npm_config_cache: mkdtempSync(join(tmpdir(), "fused-npm-cache-")),
    npm_config_fetch_retries: "0",
  },
});

test("%npm install takes a package from the registry that npm is set to, and cells import it at once", async () => {
  assert.match((await run('import { high } from "tide-tables"')).error, /%npm install tide-tables/);
  const installed = await run("%npm install tide-tables");
  assert.equal(installed.status, "ok", installed.error + installed.stderr);
  assert.match(installed.stdout, /added 1 package/);
  assert.equal((await run('import { high } from "tide-tables"; high')).result, "12");
  assert.ok(registry.asked.includes("/tide-tables"), registry.asked.join());
  const { dependencies } = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")) as Record<string, object>;
  assert.deepEqual(dependencies, { "tide-tables": "^1.2.0" });
  assert.match((await run("%npm ls")).stdout, /tide-tables@1\.2\.0/);
});

test("a version by its number, and what is not there", async () => {
  assert.equal((await run("%npm install tide-tables@1.0.0")).status, "ok");
  assert.match((await run("%npm ls")).stdout, /tide-tables@1\.0\.0/);
  const missing = await run("%npm install no-such-package-here");
  assert.match(missing.stderr, /npm error 404/);
  assert.match(missing.error, /%npm install: npm ended with exit code 1\. The registry has no such package/);
});

test("without a network it says what cannot be reached, and what to do", async () => {
  registry.close();
  const { status, stderr, error } = await run("%npm install tide-charts");
  assert.equal(status, "error");
  assert.match(stderr, /npm error code ECONNREFUSED/);
  assert.match(error, /It cannot reach its registry: is there a network.*%npm config get registry/s);
  assert.equal((await run("%npm config get registry")).stdout.trim().replace(/\/$/, ""), registry.url);
});
