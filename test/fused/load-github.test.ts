import assert from "node:assert/strict";
import { mkdtemp, rm, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { AuthError, UdfLoadError } from "../../fused/errors.ts";
import type { LoadOptions } from "../../fused/load/load.ts";
import { load as loadUdf } from "../../fused/load/load.ts";
import { options, reloadOptions } from "../../fused/options.ts";
import { goodToken, startGithubServer } from "../fixtures/github-server.ts";

const server = await startGithubServer();
const unused = await startGithubServer();
const closedPort = new URL(unused.addresses.githubBaseUrl).port;
await unused.close();
const folder = await mkdtemp(join(tmpdir(), "load-github-"));
const { now, beforeMove } = server.commits;
const warnings: string[] = [];
const { warn } = console;
const { GITHUB_TOKEN, GH_TOKEN } = process.env;
let key = 0;

/** Loads past the memory of this process; the copies on disk stay. */
const load = (source: string, more: LoadOptions = {}) =>
  loadUdf(source, { importGlobals: false, cacheKey: ++key, ...more });
const github = (path: string) => `https://github.com/fusedio/udfs/${path}`;
const failure = (source: string) =>
  load(source).then(
    () => assert.fail(`${source} loaded`),
    (error: Error & { status?: number }) => error,
  );

before(() => {
  process.env["FUSED_SETTINGS_FILE"] = "/nonexistent/settings.toml";
  delete process.env["GITHUB_TOKEN"];
  delete process.env["GH_TOKEN"];
  reloadOptions();
  options.requestRetryBaseDelay = 0.001;
  console.warn = (text: string) => void warnings.push(text);
});

beforeEach(() => {
  options.cacheDirectory = join(folder, `cache-${++key}`);
  Object.assign(options, server.addresses, { requestTimeout: 120, requestMaxRetries: 5 });
  Object.assign(server.mood, { delayMs: 0, failures: 0, rateLimitReset: undefined });
  server.requests.length = 0;
  warnings.length = 0;
});

after(async () => {
  console.warn = warn;
  if (GITHUB_TOKEN !== undefined) process.env["GITHUB_TOKEN"] = GITHUB_TOKEN;
  if (GH_TOKEN !== undefined) process.env["GH_TOKEN"] = GH_TOKEN;
  await server.close();
  await rm(folder, { recursive: true });
});

test("F042 F051 a folder loads by branch, tag, full and short commit, with and without a trailing slash, without a log-in", async () => {
  options.noLogin = true;
  for (const ref of ["main", now, now.slice(0, 7), "refs/heads/main", "HEAD"]) {
    const udf = await load(github(`tree/${ref}/public/Taxi_Trips_Example/`));
    assert.equal(udf.name, "Taxi_Trips_Example", ref);
    assert.equal(udf.language, "python");
    assert.deepEqual(udf.parameters, { agg_factor: 3, min_count: 5 });
    assert.match(udf.readme!, /Taxi trips as points/);
    assert.equal(/\(unpinned\)/.test(String(udf)), !now.startsWith(ref), ref);
  }
  assert.equal((await load(github("tree/v1.0/public/DEM_Tile_Example"))).name, "DEM_Tile_Example");
});

test("F042 a branch or tag with a slash in its name is found out", async () => {
  const udf = await load(github("tree/feature/new-tiles/public/Greeting_TS"));
  assert.match(udf.code, /from the feature branch/);
  assert.equal((await load(github("tree/release/2025/public/DEM_Tile_Example"))).name, "DEM_Tile_Example");
  assert.equal(
    (await load(github("tree/deadbee/public/Greeting_TS"))).code,
    udf.code,
    "a branch that looks like a commit",
  );
});

test("F042 blob and raw addresses: of a code file, of meta.json, with a query or anchor", async () => {
  const code = await load(github("blob/main/public/Crop_Tiles_Example/Crop_Tiles_Example.py#L10"));
  assert.equal(code.name, "Crop_Tiles_Example");
  assert.deepEqual(
    code.schema.parameters.map(({ name }) => name),
    ["bounds", "year", "crop_type", "chip_len"],
  );
  const raw = "https://raw.githubusercontent.com/fusedio/udfs";
  assert.equal((await load(`${raw}/main/public/Rows_TS/Rows_TS.ts`)).language, "typescript");
  assert.equal((await load(`${raw}/refs/heads/main/public/Rows_TS/meta.json`)).meta["description"], "Rows of lengths.");
  assert.equal((await load(github("blob/main/public/Rows_TS/meta.json?raw=true"))).name, "Rows_TS");
  const own = `${server.addresses.githubBaseUrl}/fusedio/udfs/tree/main/public/Rows_TS`;
  assert.equal((await load(own)).name, "Rows_TS", "the address of the configured server itself");
  assert.equal(
    (await load("https://github.com/fusedio/renamed/tree/main/public/Rows_TS")).name,
    "Rows_TS",
    "redirected",
  );
});

test("F042 a folder without meta.json: its eponymous or only code file", async () => {
  assert.match((await load(github("tree/main/loose/Eponymous"))).code, /n \* 2/);
  assert.equal((await load(github("tree/main/loose/Only_One"))).name, "run");
});

test("F047 the UDF_ prefix stands for the public catalogue; a pull request loads as its last commit has it", async () => {
  assert.equal((await load("UDF_common")).name, "common");
  assert.match((await failure("UDF_Isochrone")).message, /main\/public\/Isochrone does not exist/);
  const udf = await load(github("pull/7"));
  assert.match(udf.code, /from the pull request/);
  assert.match((await load(github("pull/7/files"))).code, /from the pull request/);
  assert.match((await failure(github("pull/8"))).message, /changes 2 UDFs; load one of them: .*Rows_TS.*Scaled_TS/);
  assert.match((await failure(github("pull/9"))).message, /changes no UDF/);
  assert.match((await failure(github("pull/10"))).message, /There is no pull request 10/);
});

test("F053 what is missing is named: repository, folder, source file", async () => {
  const missing = await failure(github("tree/main/public/Nowhere"));
  assert.ok(missing instanceof UdfLoadError);
  assert.equal(missing.status, 404);
  assert.match(missing.message, /tree\/main\/public\/Nowhere does not exist \(HTTP 404\)/);
  assert.match((await failure("https://github.com/fusedio/nothing")).message, /does not exist/);
  assert.match(
    (await failure(github("tree/main/broken/No_Source"))).message,
    /No_Source has no file absent\.py, which its meta\.json names/,
  );
  assert.match(
    (await failure(github("tree/main/loose/Two_Files"))).message,
    /no meta\.json to say which .* a\.ts, b\.ts/,
  );
  assert.match(
    (await failure(github("tree/main/loose/Nothing"))).message,
    /has no meta\.json, and no code file.* It has notes\.txt/,
  );
  assert.match(
    (await failure(github("tree/main/loose/canvas"))).message,
    /canvas of several UDFs; load one of its folders: one/,
  );
});

test("F054 a UDF that has moved: the error says where it is now, and the old commit still has it", async () => {
  const { message } = await failure(github("tree/main/public/DEM_Tile_Example"));
  assert.match(message, /elsewhere now: http:.*\/tree\/main\/community\/ana\/DEM_Tile_Example/);
  const udf = await load(github(`tree/${beforeMove}/public/DEM_Tile_Example`));
  assert.equal(udf.schema.parameters[0]!.type.kind, "TileGDF");
});

test("a commit is fetched once for good; a branch once a minute, revalidated by its ETag where asked anew", async () => {
  await load(github(`tree/${now}/public/common`));
  const count = server.requests.length;
  await load(github(`tree/${now}/public/common`));
  assert.equal(server.requests.length, count, "that it has no README is known, too");
  await load(github("tree/main/public/Rows_TS"));
  server.requests.length = 0;
  await load(github("tree/main/public/Rows_TS"), { cacheKey: undefined });
  assert.equal(server.requests.length, 0);
  await load(github("tree/main/public/Rows_TS"));
  assert.deepEqual(
    server.requests.map(({ status }) => status),
    [304, 304, 304],
  );
});

test("the same source is read once a process; loads at the same time share it, and each gets a UDF of its own", async () => {
  const source = github("tree/main/public/Runner/../World_Temperature").replace("Runner/../", "");
  const [a, b] = await Promise.all([load(source, { cacheKey: "x" }), load(source, { cacheKey: "x" })]);
  assert.equal(server.requests.filter(({ line }) => line.endsWith("meta.json")).length, 1);
  a!.setParameters({ months: 1 });
  a!.meta["note"] = true;
  assert.equal(b!.parameters["months"], 12);
  assert.equal(b!.meta["note"], undefined);
});

test("offline the last copy serves, with a warning; without one the error says what could not be reached", async () => {
  await load(github("tree/main/public/Rows_TS"));
  options.requestMaxRetries = 1;
  server.mood.failures = 1000;
  assert.equal((await load(github("tree/main/public/Rows_TS"))).name, "Rows_TS");
  assert.match(warnings[0]!, /HTTP 502\. The copy of 20\d\d-.* is used/);
  assert.match((await failure(github("tree/main/public/Scaled_TS"))).message, /HTTP 502/);
  options.githubRawBaseUrl = `http://127.0.0.1:${closedPort}`;
  assert.match((await failure(github("tree/main/public/Scaled_TS"))).message, /cannot be reached \(.*ECONNREFUSED.*\)/);
});

test("a failing server is asked again, a slow one until the time limit", async () => {
  server.mood.failures = 3;
  assert.equal((await load(github("tree/main/public/Rows_TS"))).name, "Rows_TS");
  options.requestTimeout = 0.05;
  options.requestMaxRetries = 0;
  server.mood.delayMs = 300;
  assert.match(
    (await failure(github("tree/main/public/Scaled_TS"))).message,
    /did not answer within 0\.05 s \(the option requestTimeout\)/,
  );
});

test("the rate limit is named with the time of its end; a copy serves meanwhile", async () => {
  await load(github("tree/main/public/Rows_TS"));
  server.mood.rateLimitReset = Math.floor(Date.now() / 1000) + 600;
  const error = await failure(github("tree/main/public/Scaled_TS"));
  assert.ok(error instanceof UdfLoadError);
  assert.match(error.message, /rate limit is used up until 20\d\d-.*GITHUB_TOKEN/);
  assert.equal((await load(github("tree/main/public/Rows_TS"))).name, "Rows_TS");
  assert.match(warnings.at(-1)!, /rate limit/);
});

test("a private repository needs a token, which no error and no other host gets to see", async () => {
  const source = "https://github.com/fusedio/private/tree/main/public/Rows_TS";
  assert.match((await failure(source)).message, /a private repository needs a token in GITHUB_TOKEN/);
  process.env["GITHUB_TOKEN"] = "ghp_wrong";
  const error = await failure(source);
  assert.ok(error instanceof AuthError);
  assert.match(error.message, /not permitted \(HTTP 401\).*not valid/);
  assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /ghp_wrong/);
  process.env["GITHUB_TOKEN"] = goodToken;
  assert.equal((await load(source)).name, "Rows_TS");
  delete process.env["GITHUB_TOKEN"];
});

test("a damaged copy on disk is fetched anew", async () => {
  const source = github(`tree/${now}/public/Rows_TS`);
  await load(source);
  const kept = join(options.cacheDirectory, "loads");
  for (const file of await readdir(kept)) await writeFile(join(kept, file), '{"url":"half');
  assert.equal((await load(source)).name, "Rows_TS");
});

test("F053 other addresses are no source", async () => {
  assert.match(
    (await failure("https://example.org/udf")).message,
    /nothing that a UDF can be loaded from[^]*no address of GitHub/,
  );
  assert.match((await failure(github("issues/3"))).message, /no address of GitHub/);
});
