import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { inspect } from "node:util";
import fused from "../../fused/index.ts";
import { setLogSink } from "../../fused/run-logs.ts";
import { ownFolders } from "./cache-folder.ts";

const folders = ownFolders();
const { secrets, udf, run, options, context } = fused;
options.localEngineCache = false;
after(fused.close);

test("F191 secrets come from the secrets file, .env, FUSED_SECRET_… and assignment, later ones above", () => {
  const before = process.cwd();
  const notebook = join(folders.root, "notebook");
  mkdirSync(notebook);
  process.chdir(notebook);
  writeFileSync(join(folders.root, "secrets"), "FILE_ONLY=from the file\nBOTH='file'\n");
  assert.equal(secrets.get("FILE_ONLY"), "from the file");
  writeFileSync(".env", "BOTH=dotenv\nTHIRD=dotenv\n");
  assert.deepEqual([secrets["BOTH"], secrets["THIRD"]], ["dotenv", "dotenv"]);
  process.env["FUSED_SECRET_THIRD"] = "environment";
  assert.equal(secrets["THIRD"], "environment");
  secrets.set("THIRD", "assigned");
  assert.equal(secrets["THIRD"], "assigned");
  assert.ok("THIRD" in secrets && secrets.has("BOTH") && !secrets.has("PATH"), "other variables are no secrets");
  assert.deepEqual(secrets.keys(), ["BOTH", "FILE_ONLY", "THIRD"]);
  process.chdir(before);
});

test("F191 values never appear in what the secrets print as; a missing one is named with the nearest", () => {
  secrets.set("API_KEY", "s3cr3t-value");
  for (const text of [inspect(secrets), String(secrets), JSON.stringify({ secrets }), inspect(fused, { depth: 5 })]) {
    assert.doesNotMatch(text, /s3cr3t/);
  }
  assert.match(inspect(secrets), /API_KEY: ••••/);
  assert.throws(() => secrets["API_KEYS"], {
    name: "NotFoundError",
    message: /no secret "API_KEYS"\. Did you mean "API_KEY"\?/,
  });
  assert.throws(() => secrets.set("X", 5 as never), TypeError);
});

test("F191 a UDF reads secrets by name; they are masked in its output and its errors", async () => {
  secrets.set("API_KEY", 's3cr3t "value"');
  const lines: string[] = [];
  setLogSink(({ text }) => void lines.push(text));
  const reads = udf(`() => {
    const key = fused.secrets.get("API_KEY");
    console.log("key is", key, { nested: fused.secrets.API_KEY });
    return [key.length, "API_KEY" in fused.secrets, Object.keys(fused.secrets).length, fused.secrets.keys().includes("API_KEY"), String(fused.secrets)];
  }`);
  const [length, isThere, , isListed, text] = (await run(reads)) as unknown[];
  assert.deepEqual([length, isThere, isListed], [14, true, true]);
  assert.doesNotMatch(String(text), /s3cr3t/);
  assert.match(lines.join(""), /key is ••••/);
  assert.doesNotMatch(lines.join(""), /s3cr3t/);
  const throws = udf('() => { throw new Error("bad key " + fused.secrets.API_KEY); }');
  await assert.rejects(
    run(throws),
    (error: Error) => /bad key ••••/.test(error.message) && !/s3cr3t/.test(inspect(error)),
  );
  const given = udf("(key: string) => { throw new Error('no'); }");
  await assert.rejects(run(given, { key: 's3cr3t "value"' }), (error: Error) =>
    /parameters: .*••••/.test(error.message),
  );
  await assert.rejects(run(udf('() => fused.secrets.get("NOPE")')), /NotFoundError: There is no secret "NOPE"/);
  setLogSink();
});

test("F191 fused.context: thisUdf inside a run; outside of one it is an error", async () => {
  const asks = udf(
    "(n: int = 1) => ({ udf: fused.context.thisUdf, headers: fused.context.getHeaders(), header: fused.context.getHeader('x'), batch: fused.context.inBatch(), realtime: fused.context.inRealtime(), factor: fused.context.getRecursionFactor() })",
    { name: "asks" },
  );
  const told = (await run(asks)) as { udf: { name: string; parameters: string[] } };
  assert.equal(told.udf.name, "asks");
  assert.deepEqual(told.udf.parameters, ["n"]);
  assert.deepEqual(
    { ...told, udf: 0 },
    { udf: 0, headers: {}, header: undefined, batch: false, realtime: false, factor: 5 },
  );
  assert.throws(() => context.thisUdf, { name: "FusedError", message: /Use it inside a UDF/ });
  assert.deepEqual([context.inBatch(), context.getHeaders(), context.getUserEmail()], [false, {}, null]);
});

test("F178 the secret that gcsSecret names becomes the file gcsFilename, for this account alone", () => {
  options.gcsFilename = join(folders.root, "google", "key.json");
  secrets.set("gcs_fused", '{"type":"service_account"}');
  const path = fused.gcsCredentialsFile();
  assert.equal(readFileSync(path, "utf8"), '{"type":"service_account"}');
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
  options.gcsSecret = "other";
  assert.throws(() => fused.gcsCredentialsFile(), { name: "NotFoundError" });
});
