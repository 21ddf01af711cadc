import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import { AuthError, FusedError, UdfSerializationError } from "../../fused/errors.ts";
import { load } from "../../fused/load/load.ts";
import { options, reloadOptions } from "../../fused/options.ts";
import { closeEngine } from "../../fused/run-engine.ts";
import type { Udf } from "../../fused/udf.ts";
import { udf } from "../../fused/udf.ts";
import { fixtureFiles, writeFixtures } from "../fixtures/fixture-files.ts";
import { goodToken, startGithubServer } from "../fixtures/github-server.ts";

const folder = await mkdtemp(join(tmpdir(), "save-"));
const at = (path: string) => join(folder, path);
const server = await startGithubServer();
const { GITHUB_TOKEN, GH_TOKEN } = process.env;

before(async () => {
  process.env["FUSED_SETTINGS_FILE"] = "/nonexistent/settings.toml";
  delete process.env["GITHUB_TOKEN"];
  delete process.env["GH_TOKEN"];
  reloadOptions();
  Object.assign(options, server.addresses, { neverImport: true, cacheDirectory: at("cache") });
  await writeFixtures(at("fixtures"));
});

after(async () => {
  if (GITHUB_TOKEN !== undefined) process.env["GITHUB_TOKEN"] = GITHUB_TOKEN;
  if (GH_TOKEN !== undefined) process.env["GH_TOKEN"] = GH_TOKEN;
  await closeEngine();
  await server.close();
  await rm(folder, { recursive: true });
});

/** What must be the same after a round trip. */
const facts = ({ name, code, parameters, schema, meta, headers, entrypoint, cacheMaxAge, engine }: Udf) => {
  return { name, code, parameters, schema, meta, headers, entrypoint, cacheMaxAge, engine };
};

const sample = () =>
  udf("async (n: int = 3, name: string = 'a') => name.repeat(n)", {
    name: "Sample_UDF",
    cacheMaxAge: "1h",
    headers: [{ moduleName: "utils", source: "export const one = 1;\n" }],
    metadata: { description: "Repeats a name.", team: { b: 1, a: 2 } },
  });

test("F056 F060 toDirectory writes README.MD, code, meta.json and utils; a second time only with overwrite", async () => {
  const saved = await sample().toDirectory(at("deep/er/Sample_UDF"));
  assert.equal(saved, at("deep/er/Sample_UDF"));
  assert.deepEqual((await readdir(saved)).sort(), ["README.MD", "Sample_UDF.ts", "meta.json", "utils.ts"]);
  assert.match(
    await readFile(join(saved, "README.MD"), "utf8"),
    /^# Sample_UDF\n\nRepeats a name\.\n\n```ts\nSample_UDF\(n: int = 3/,
  );
  const again = sample().toDirectory(saved);
  await assert.rejects(
    again,
    (error) =>
      error instanceof FusedError && /exists and is not empty\. Pass \{ overwrite: true \}/.test(error.message),
  );
  await writeFile(join(saved, "mine.txt"), "kept");
  await sample().toDirectory(saved, { overwrite: true });
  assert.equal(await readFile(join(saved, "mine.txt"), "utf8"), "kept");
  await assert.rejects(sample().toDirectory(join(saved, "mine.txt")), /is a file/);
  const here = process.cwd();
  process.chdir(folder);
  try {
    assert.equal(basename(await sample().toDirectory()), "Sample_UDF");
  } finally {
    process.chdir(here);
  }
});

test("F060 the layout is that of a catalogue folder, key by key", async () => {
  const saved = await sample().toDirectory(at("layout"));
  const keys = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, each]) => [
            key,
            key === "metadata" || key === "parameters" ? {} : keys(each),
          ]),
        )
      : Array.isArray(value)
        ? value.map(keys)
        : "";
  const written = JSON.parse(await readFile(join(saved, "meta.json"), "utf8")) as object;
  const fixture = JSON.parse(await readFile(at("fixtures/public/Scaled_TS/meta.json"), "utf8")) as object;
  assert.deepEqual(JSON.stringify(keys(written)), JSON.stringify(keys(fixture)));
});

test("what toDirectory and toFile write loads equal: code, parameters, metadata, headers, entrypoint", async () => {
  const zips: string[] = [];
  for (const [i, each] of [
    sample(),
    udf("function area(bounds: fused.types.Bounds, ...kwargs) { return bounds }"),
    udf("import { x } from 'd3-array';\nexport default (a?: Date) => a;\n", { name: "With module", engine: "local" }),
    udf("(big: bigint = 12n, o: Record<string, number> = { a: 1 }) => o").setParameters({ o: { b: [2, null] } }),
  ].entries()) {
    const saved = await each.toDirectory(at(`round/${i}`));
    assert.deepEqual(facts(await load(saved)), facts(each));
    zips.push((await each.toFile(at(`round/${i}.zip`)))!);
    assert.deepEqual(facts(await load(zips.at(-1)!)), facts(each));
  }
  assert.equal(await (await load(zips[0]!))({ n: 2, name: "ab" }), "abab");
});

test("F061 load and save of the twenty fixtures changes nothing", async () => {
  const files = await fixtureFiles();
  const names = [...files.keys()]
    .filter((path) => /^(public|files|community)\/.*meta\.json$/.test(path))
    .map((path) => dirname(path));
  assert.equal(names.length, 20);
  for (const name of names) {
    const saved = await (await load(at(`fixtures/${name}`))).toDirectory(at(`same/${name}`));
    for (const [path, bytes] of files) {
      if (!path.startsWith(`${name}/`)) continue;
      assert.equal(await readFile(join(saved, path.slice(name.length + 1)), "utf8"), bytes.toString("utf8"), path);
    }
  }
});

test("F061 a change touches its own lines: unknown keys, their order and numbers as written stay", async () => {
  const lines = async (path: string) =>
    JSON.stringify(JSON.parse(await readFile(path, "utf8"), rawNumbers as never), undefined, 1).split("\n");
  for (const name of ["community/ana/Dashboard", "community/ana/H3_Count_Example", "public/World_Temperature"]) {
    const loaded = await load(at(`fixtures/${name}`), { cacheKey: "change" });
    loaded.setParameters({ added: 1 });
    loaded.meta["udfType"] = "changed";
    const saved = await loaded.toDirectory(at(`changed/${name}`));
    const [before, now] = [await lines(at(`fixtures/${name}/meta.json`)), await lines(join(saved, "meta.json"))];
    const added = now.filter((line) => !before.includes(line)).map((line) => line.trim());
    assert.deepEqual(
      added,
      ['"parameters": {', '"added": "1"', '"fused:udfType": "changed",'].sort(byPlace(now)),
      name,
    );
  }
});

/** Numbers as the text has them. */
const rawNumbers = (_key: string, value: unknown, context: { source?: string }) =>
  typeof value === "number" ? context.source : value;
const byPlace = (lines: string[]) => (a: string, b: string) =>
  lines.findIndex((line) => line.trim() === a) - lines.findIndex((line) => line.trim() === b);

test("F057 toFile: the same files as a zip at its root, the same bytes every time, to a path or a stream", async () => {
  const path = (await sample().toFile(at("zips/sample.zip")))!;
  const bytes = await readFile(path);
  assert.deepEqual(Object.keys(unzipSync(bytes)), ["README.MD", "Sample_UDF.ts", "meta.json", "utils.ts"]);
  const { TZ } = process.env;
  process.env["TZ"] = "Asia/Tokyo";
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.write("head");
  assert.equal(await sample().toFile(stream), undefined);
  process.env["TZ"] = TZ ?? "";
  assert.equal(stream.writableEnded, false, "the stream stays open");
  assert.deepEqual(Buffer.concat(chunks), Buffer.concat([Buffer.from("head"), bytes]));
  await assert.rejects(sample().toFile(path), /sample\.zip exists\. Pass \{ overwrite: true \}/);
  await sample().toFile(path, { overwrite: true });
  assert.deepEqual(await readdir(at("zips")), ["sample.zip"], "no draft is left behind");
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) });
  full.on("error", () => undefined);
  await assert.rejects(sample().toFile(full), /disk full/);
  await assert.rejects(sample().toFile(3 as never), /TypeError: toFile takes the path/);
});

test("F058 toGist: the files go to the gist API, and the address it gives loads", async () => {
  await assert.rejects(
    sample().toGist(),
    (error) => error instanceof AuthError && /set GITHUB_TOKEN/.test(error.message),
  );
  const address = await sample().toGist({ token: goodToken });
  assert.deepEqual(Object.keys([...server.gists.values()][0]!), [
    "README.MD",
    "Sample_UDF.ts",
    "meta.json",
    "utils.ts",
  ]);
  assert.deepEqual(facts(await load(address)), facts(sample()));
  process.env["GITHUB_TOKEN"] = goodToken;
  assert.match(await sample().toGist(), /\/gist\/ana\/[0-9a-f]{32}$/);
  delete process.env["GITHUB_TOKEN"];
  assert.match(server.requests.findLast(({ line }) => line.startsWith("POST"))!.authorization!, /^Bearer /);
  const refused = await sample()
    .toGist({ token: "ghp_secretOfMine" })
    .then(assert.fail, (error: Error) => error);
  assert.ok(refused instanceof AuthError);
  assert.doesNotMatch(`${refused.message}${refused.stack}${JSON.stringify(refused)}`, /secretOfMine/);
  await assert.rejects(
    load(`${server.addresses.gistBaseUrl}/ana/${"0".repeat(32)}`),
    /There is no gist 0+ \(HTTP 404\)/,
  );
});

test("F059 F062 setParameters, catalogUrl; toFused and deleteSaved need the service", async () => {
  const each = sample().setParameters({ n: 1 });
  assert.deepEqual(each.parameters, { n: 1, name: "a" });
  each.setParameters({ name: "b" }, { replaceParameters: true });
  assert.deepEqual(each.parameters, { n: 3, name: "b" });
  assert.equal(each.catalogUrl, undefined, "never saved");
  each.meta["id"] = "ab-12";
  assert.equal(each.catalogUrl, "https://www.fused.io/workbench/catalog/Sample_UDF-ab-12");
  for (const method of ["deleteSaved", "toFused"] as const) {
    await assert.rejects(
      each[method](),
      (error) => error instanceof AuthError && /Nobody is logged in.*%login/.test(error.message),
    );
  }
});

test("what cannot be saved says why: a default that is no JSON, two files of one name", async () => {
  const held = udf("(a: unknown) => a", { name: "held" }).setParameters({ a: new Map() });
  await assert.rejects(
    held.toFile(at("no.zip")),
    (error) => error instanceof UdfSerializationError && /parameter a cannot be written as JSON/.test(error.message),
  );
  const same = udf("() => 1", { name: "twice", headers: [{ moduleName: "twice", source: "" }] });
  await assert.rejects(same.toDirectory(at("no")), /two of its files would have one name/);
  await mkdir(at("odd"), { recursive: true });
  const odd = await udf("() => 1", { name: "../a b/ü" }).toDirectory(at("odd"));
  assert.deepEqual((await readdir(odd)).sort(), ["README.MD", "_a_b_ü.ts", "meta.json"]);
});

test("a Python UDF saves as it came, with the README it had", async () => {
  const loaded = await load(at("fixtures/public/Zonal_Sum"));
  const saved = await loaded.toDirectory(at("python"));
  assert.deepEqual((await readdir(saved)).sort(), ["README.MD", "Zonal_Sum.py", "meta.json", "utils.py"]);
  assert.match(await readFile(join(saved, "README.MD"), "utf8"), /fused:preview/);
  assert.deepEqual(facts(await load(saved)), facts(loaded));
});
