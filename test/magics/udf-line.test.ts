import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeFixtures } from "../fixtures/fixture-files.ts";
import { startGithubServer } from "../fixtures/github-server.ts";
import { openTestKernel } from "../kernel/talk.ts";

const server = await startGithubServer();
after(() => server.close());
const { githubBaseUrl, githubRawBaseUrl, githubApiBaseUrl, gistBaseUrl } = server.addresses;
const { run, interrupted, cwd } = await openTestKernel({
  env: {
    FUSED_SETTINGS_FILE: "/nonexistent/settings.toml",
    FUSED_GITHUB_BASE_URL: githubBaseUrl,
    FUSED_GITHUB_RAW_BASE_URL: githubRawBaseUrl,
    FUSED_GITHUB_API_BASE_URL: githubApiBaseUrl,
    FUSED_GIST_BASE_URL: gistBaseUrl,
    GITHUB_TOKEN: "",
    GH_TOKEN: "",
  },
});
await writeFixtures(join(cwd, "udfs"));

const nextInput = (said: { reply: Record<string, unknown> }) => {
  const [payload] = said.reply["payload"] as { source: string; text: string; replace: boolean }[];
  return payload;
};

test("F043 %udf load binds a variable: the source's last part, or the one after as", async () => {
  const loaded = await run("%udf load ./udfs/public/Rows_TS/");
  assert.equal(loaded.error, "");
  assert.equal(loaded.stdout, 'Rows_TS: Rows_TS(count: int = 3, unit: string = "m") in TypeScript\n');
  assert.equal((await run("(await Rows_TS({ count: 2 })).length")).result, "2");
  assert.equal((await run("await Rows_TS.metres(2)")).result, "2000");
  await run("%udf load './udfs/public/Greeting_TS' as hello");
  assert.equal((await run("await hello('you', 2)")).result, "'hello youhello you'");
  await run("const mine = %udf load udfs/several/several.py --entrypoint second");
  assert.equal((await run("mine.name")).result, "'second'");
  assert.equal((await run("typeof several")).result, "'undefined'");
});

test("F042 F051 %udf load from GitHub, without a log-in; it is told that it is not pinned", async () => {
  const loaded = await run("%udf load https://github.com/fusedio/udfs/tree/main/public/Taxi_Trips_Example/");
  assert.equal(loaded.error, "");
  assert.match(loaded.stdout, /^Taxi_Trips_Example: .* in Python/);
  assert.match((await run("Taxi_Trips_Example")).result!, /\(unpinned\)\n  language: python/);
  const failed = await run("await Taxi_Trips_Example()");
  assert.match(failed.error, /is a Python UDF/);
});

test("%udf show, %udf ls, %udf check", async () => {
  const shown = await run("%udf show Rows_TS");
  assert.match(String(shown.displays[0]!["text/html"]), /<table>.*count.*int.*3/);
  assert.match(String(shown.displays[1]!["text/markdown"]), /# Rows TS/);
  const { stdout } = await run("%udf ls");
  assert.match(stdout, /Rows_TS +Rows_TS\(count.*TypeScript\n/);
  assert.match(stdout, /Taxi_Trips_Example +.*Python\n/);
  assert.match((await run("%udf ls --whose public")).stdout, /UDF_Crop_Tiles_Example\n[^]*UDF_common\n/);
  await run(
    "%%udf loose\nimport { nothing } from 'no-such-package';\nexport default (n: int = 3) => outside + nothing + n;",
  );
  const checked = (await run("%udf check loose")).stdout;
  assert.match(checked, /not there where it runs: outside\n/);
  assert.match(checked, /imports:\n  no-such-package  .*no-such-package/);
  assert.match(checked, /parameters:\n  n  int  3\n/);
  await run("%%udf along\nimport { extent } from 'd3-array';\nexport default () => extent([1]);");
  assert.match((await run("%udf check along")).stdout, /imports:\n  d3-array  goes along\n/);
  assert.match((await run("%udf check Rows_TS")).stdout, /nothing outside is used\nimports:\n  apache-arrow  is there/);
});

test("F190 %udf code and udf.render() fill the next cell, which defines the UDF again", async () => {
  const text = nextInput(await run("%udf code Rows_TS"));
  assert.deepEqual([text!.source, text!.replace], ["set_next_input", false]);
  assert.match(text!.text, /^%%udf Rows_TS\nimport \{ tableFromArrays \}/);
  assert.equal(nextInput(await run("Rows_TS.render()"))!.text, text!.text);
  await run("var Rows_TS = undefined");
  assert.equal((await run(text!.text)).error, "");
  assert.equal((await run("(await Rows_TS()).length")).result, "3");
  const inline = nextInput(await run("hello.render()"))!.text;
  assert.match(inline, /^const Greeting_TS = fused\.udf\(async \(name/);
  await run(inline);
  assert.equal((await run("await Greeting_TS()")).result, "'hello world'");
  const python = nextInput(await run("%udf code Taxi_Trips_Example"))!.text;
  assert.match(python, /^%%markdown\n```python\n@fused\.udf/);
});

test("F056 F057 %udf save writes a folder or a zip, with --overwrite again", async () => {
  const saved = await run("%udf save hello out/hello");
  assert.equal(saved.error, "");
  assert.match(saved.stdout, /^Greeting_TS is saved: .*out\/hello\n/);
  assert.ok((await readdir(join(cwd, "out/hello"))).includes("meta.json"));
  assert.match((await run("%udf save hello out/hello")).error, /not empty\. Add --overwrite/);
  assert.equal((await run("%udf save hello out/hello --overwrite")).error, "");
  await run("const path = %udf save hello out/hello.zip");
  assert.match((await run("path")).result!, /out\/hello\.zip'$/);
  assert.equal((await run("(await fused.load(path)).code === hello.code")).result, "true");
  assert.match((await run("%udf save hello gist")).error, /set GITHUB_TOKEN/);
  assert.match((await run("%udf save hello fused")).error, /Nobody is logged in.*Log in with %login/);
});

test("an interrupt ends a load whose module never ends, and the same source loads later", async () => {
  await writeFile(join(cwd, "endless.ts"), "export const n = 1;\nwhile (n) {}\nexport const udf = () => 1;\n");
  const stopped = await interrupted("await fused.load('./endless.ts')", 500);
  assert.equal(stopped.status, "error");
  assert.ok(stopped.milliseconds < 60_000);
  assert.equal(
    (await run("const calm = await fused.load('./endless.ts', { importGlobals: false }); calm.name")).result,
    "'endless'",
  );
});

test("wrong lines: each says what was wrong", async () => {
  const error = async (line: string) => (await run(line)).error;
  assert.match(await error("%udf"), /what is it to do\? It has load, show, code, save, ls, check\..*%%udf NAME/);
  assert.match(await error("%udf lod a"), /has no lod\. Did you mean %udf load\?/);
  assert.match(await error("%udf load"), /from where\?/);
  assert.match(await error("%udf load a b"), /b is too much: %udf load SOURCE as NAME/);
  assert.match(await error("%udf load ./nowhere"), /UdfLoadError: .*nowhere cannot be loaded/);
  assert.match(await error("%udf show helo"), /there is no UDF helo\. Did you mean hello\?/);
  assert.match(await error("%udf show hello more"), /more is too much/);
  assert.match(await error("%udf save hello --overwite"), /no flag --overwite\. Did you mean --overwrite\?/);
  assert.match(await error("%udf ls --whose team"), /Nobody is logged in.*Log in with %login/);
  assert.match((await run("%udf load --help")).stdout, /%udf load SOURCE \[as NAME\]/);
});
