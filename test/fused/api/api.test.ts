import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, beforeEach, describe, test } from "node:test";
import { zipSync } from "fflate";
import { setDisplaySink } from "../../../fused/display-sink.ts";
import fused from "../../../fused/index.ts";
import { closeShared, openTestService, type TestService } from "../../service/open-service.ts";
import { logInTo } from "../log-in-to.ts";
import { waitFor } from "../../wait-for.ts";

const folder = mkdtempSync(join(tmpdir(), "fused-api-"));
process.env["FUSED_CREDENTIALS_FILE"] = join(folder, "credentials");
process.env["FUSED_CACHE_DIRECTORY"] = join(folder, "cache");
process.env["FUSED_DATA_DIRECTORY"] = join(folder, "data");

let service: TestService;
before(async () => {
  service = await openTestService();
});
after(async () => {
  setDisplaySink(undefined);
  await fused.close();
  await service.close(0);
  await closeShared();
});
beforeEach(() => {
  logInTo(service);
  fused.options.defaultSendStatusEmail = false;
});

const { api } = fused;
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("who is logged in", () => {
  test("F146 whoami; logged out an AuthError that says how to log in", async () => {
    assert.match((await api.whoami()).email, /@localhost$/);
    assert.ok((await api.teamInfo()).id);
    delete process.env["FUSED_AUTH_TOKEN"];
    await assert.rejects(api.whoami(), { name: "AuthError", message: /Nobody is logged in.*%login/s });
    process.env["FUSED_AUTH_TOKEN"] = "fst_not_a_token_of_this_service";
    await assert.rejects(api.whoami(), { name: "AuthError", message: /%login/ });
  });

  test("F156 the team's token is not the log-in's", async (t) => {
    t.mock.method(console, "warn", () => {});
    const token = await api.authToken();
    assert.notEqual(token, await api.accessToken());
    process.env["FUSED_AUTH_TOKEN"] = token;
    assert.ok((await api.whoami()).team.id, "and lets in");
  });

  test("F153, F168 new FusedAPI takes addresses, and becomes the global one unless told not to", async () => {
    fused.options.reset("baseUrl");
    const own = new fused.FusedAPI({ baseUrl: service.base, setGlobalApi: false });
    assert.ok((await own.whoami()).id);
    assert.notEqual(fused.options.baseUrl, service.base);
    const all = new fused.FusedAPI({ baseUrl: service.base, sharedUdfBaseUrl: `${service.base}/realtime-shared` });
    assert.equal(fused.options.baseUrl, service.base);
    assert.equal(all.sharedUdfBaseUrl, `${service.base}/realtime-shared`);
    delete process.env["FUSED_AUTH_TOKEN"];
    assert.throws(() => new fused.FusedAPI({ baseUrl: service.base }), {
      name: "AuthError",
      message: /credentialsNeeded: false/,
    });
    const later = new fused.FusedAPI({ baseUrl: service.base, credentialsNeeded: false });
    await assert.rejects(later.whoami(), { name: "AuthError" });
  });
});

describe("files of the service", () => {
  test("F147 upload, list, get, download, delete; a folder that is not there is empty; a guard against deep trees", async () => {
    assert.equal(await api.upload(new TextEncoder().encode("hello"), "fd://one/a.txt"), "fd://one/a.txt");
    await api.upload(new Uint8Array(), "one/empty.bin");
    assert.deepEqual(await api.list("one/"), ["fd://one/a.txt", "fd://one/empty.bin"]);
    const [details] = await api.list("fd://one", { details: true });
    assert.equal(details!.file_name, "a.txt");
    assert.equal(details!.size, 5);
    assert.deepEqual(await api.list("fd://nothing-here"), []);
    assert.equal(Buffer.from(await api.get("one/a.txt")).toString(), "hello");
    assert.equal((await api.get("one/empty.bin")).length, 0);
    const path = await api.download("one/a.txt", `${folder}/`);
    assert.equal(readFileSync(path, "utf8"), "hello");
    await assert.rejects(api.get("one/none.txt"), {
      name: "NotFoundError",
      message: /fused\.api\.list\("fd:\/\/one\/"\)/,
    });
    await assert.rejects(api.get("fd://one"), /is a folder/);
    await assert.rejects(api.download("one/none.txt", join(folder, "none")), { name: "NotFoundError" });
    assert.ok(!readdirSync(folder).some((name) => name.includes("none")), "nothing half is left");
    await api.upload(new Uint8Array(1), "deep/1/2/3/4/5/x");
    await assert.rejects(api.delete("deep"), /max_deletion_depth|maxDeletionDepth/);
    assert.equal(await api.delete("deep", { maxDeletionDepth: "unlimited" }), true);
    assert.equal(await api.delete("deep"), false);
    await assert.rejects(api.delete("fd://"), /./);
  });

  test("F148 tables by the path's ending, streams, local files; a text is a path", async () => {
    const rows = [
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ];
    await api.upload(rows, "two/t.csv");
    assert.match(Buffer.from(await api.get("two/t.csv")).toString(), /^a,b\r?\n1,x/);
    await api.upload(rows, "two/t.parquet");
    const path = await fused.download("fd://two/t.parquet", "t.parquet");
    assert.equal(((await fused.sql(`select * from '${path}'`)) as { numRows: number }).numRows, 2);
    await assert.rejects(api.upload(rows, "two/t"), /needs an ending/);
    await api.upload(Readable.from([Buffer.from("ab"), Buffer.from("cd")]), "two/stream");
    assert.equal(Buffer.from(await api.get("two/stream")).toString(), "abcd");
    await assert.rejects(
      api.upload("just a text", "two/x"),
      /does not exist\. A text is the path of a file.*TextEncoder/s,
    );
    writeFileSync(join(folder, "local.bin"), "local");
    await api.upload(join(folder, "local.bin"), "two/local.bin");
    assert.equal((await api.get("two/local.bin")).length, 5);
  });

  test("F149 signed addresses need no log-in, end, and may be of files that are not there yet", async () => {
    await api.upload(new Uint8Array(10), "three/a.bin");
    assert.equal((await fetch(await api.signUrl("three/a.bin"))).status, 200);
    const url = await api.signUrl("three/a.bin", { expires: 1 });
    assert.equal((await fetch(await api.signUrl("three/later.bin"))).status, 404);
    assert.deepEqual(Object.keys(await api.signUrlPrefix("three")), ["fd://three/a.bin"]);
    await waitFor("the end of its second", async () => (await fetch(url)).status === 403, { every: 100 });
  });

  test("files over 5 MB show how far they are, and go on where a connection broke", async () => {
    const shown: string[] = [];
    const keep = ({ data }: { data: Record<string, unknown> }) => void shown.push(String(data["text/plain"]));
    setDisplaySink({ display: keep, update: keep });
    // 6 MB of an answer or a body, then the line is cut; the next time it holds longer.
    const weak = await openWeakLine(service.port, 6_000_000);
    fused.options.baseUrl = `${weak.url}/server/v1`;
    fused.options.requestMaxRetries = 20;
    const bytes = randomBytes(30_000_000);
    await api.upload(bytes, "four/big.bin");
    assert.ok(weak.cuts() > 0, "it was cut on the way up");
    fused.options.baseUrl = service.base;
    const back = await api.get("four/big.bin");
    assert.equal(sha(back), sha(bytes));
    assert.ok(
      shown.some((text) => /big\.bin: \d+\.\d of 30\.0 MB/.test(text)),
      shown.join("\n"),
    );
    setDisplaySink(undefined);
    await weak.close();
  });

  test("a UDF in a zip or a file of the service loads", async () => {
    const udf = fused.udf(`(n: number = 1) => n + 1`, { name: "zipped" });
    const zip = await udf.toFile(join(folder, "zipped.zip"));
    await api.upload(zip!, "udfs/zipped.zip");
    assert.equal(await (await fused.load("fd://udfs/zipped.zip")).runLocal({ n: 4 }), 5);
    await api.upload(new TextEncoder().encode("export function one(n: number = 1) {\n  return n;\n}\n"), "udfs/one.ts");
    assert.equal(await (await fused.load("fd://udfs/one.ts")).runLocal({ n: 4 }), 4);
  });
});

describe("saved UDFs and tokens", () => {
  test("F150 getUdfs by name, id or slug, so many, of whom", async () => {
    for (const name of ["alpha", "beta", "gamma"])
      await fused.udf(`() => 1`, { name }).toFused({ public: name === "beta" });
    assert.deepEqual(Object.keys(await api.getUdfs({ n: 2 })).length, 2);
    const [first] = Object.keys(await api.getUdfs({ n: 1 }));
    assert.ok(!(first! in (await api.getUdfs({ skip: 1 }))));
    assert.match(Object.keys(await api.getUdfs({ by: "id" }))[0]!, /^[\da-f-]{36}$/);
    assert.ok("beta" in (await api.getUdfs({ whose: "public" })));
    assert.ok(!("alpha" in (await api.getUdfs({ whose: "public" }))));
    assert.ok("alpha" in (await api.getUdfs({ n: null, whose: "team" })));
    await assert.rejects(api.getUdfs({ whose: "nobody" as "self" }), /one of self, team, public, community/);
  });

  test("F154 tokens: forms of the call, what they show, disabled and deleted ones", async () => {
    const udf = fused.udf(`(n: int = 1) => n * 2`, { name: "double" });
    const { id } = await udf.toFused();
    const { email } = await api.whoami();
    const made = [
      await api.createUdfAccessToken("double"),
      await api.createUdfAccessToken(id),
      await api.createUdfAccessToken(email, "double"),
      await api.createUdfAccessToken(`${email}/double`, { metadata: { for: "a map" } }),
      await api.createUdfAccessToken({ udfEmail: email, udfName: "double", cache: false }),
      await udf.createAccessToken(),
    ];
    assert.deepEqual(new Set(made.map((token) => token.udfId)), new Set([id]));
    assert.equal(made[4]!.cache, false);
    assert.deepEqual(made[3]!.metadata, { for: "a map" });
    await assert.rejects(api.createUdfAccessToken(), /exactly one UDF/);
    await assert.rejects(api.createUdfAccessToken("double", { udfId: id }), /exactly one UDF/);
    const [token] = made as [(typeof made)[0]];
    assert.ok(!String(token).includes(token.reveal()) && !JSON.stringify(token).includes(token.reveal()));
    assert.equal(await (await fetch(token.fileUrl({ format: "json", params: { n: 21 } }))).json(), 42);
    assert.match(token.tileUrl(undefined, { format: "png" }), /\/run\/tiles\/\{z\}\/\{x\}\/\{y\}\.png$/);
    assert.match(token.tileUrl({ format: "mvt", params: { n: 2 } }), /\/run\/tiles\/\{z\}\/\{x\}\/\{y\}\.mvt\?n=2$/);
    assert.match(token.tileUrl({ x: 1, y: 2, z: 3 }), /\/run\/tiles\/3\/1\/2$/);
    assert.throws(() => token.fileUrl({ bounds: [5, 45, 15, 55] } as object), /fileUrl has no option bounds/);
    assert.equal((await udf.getAccessTokens()).length, made.length);
    const address = fused.http.url(token, { format: "json", params: { n: 4 } });
    assert.equal(await (await fetch(address)).json(), 8);
    assert.match(fused.http.url(token, { tile: true }), /\/run\/tiles\/\{z\}\/\{x\}\/\{y\}$/);
    const own = fused.http.url(await fused.load(`${email}/double`), { params: { n: 5 }, format: "json" });
    assert.equal((await fetch(own)).status, 401);
    const headers = { authorization: `Fused-Service-Token ${service.token}` };
    assert.equal(await (await fetch(own, { headers })).json(), 10);
    assert.throws(() => fused.http.url("no address"), /takes a shared token/);
    await api.updateUdfAccessToken(token, { enabled: false });
    assert.equal((await api.getUdfAccessToken(token)).enabled, false);
    assert.ok([403, 404].includes((await fetch(token.fileUrl())).status));
    await api.deleteUdfAccessToken(token);
    await assert.rejects(api.getUdfAccessToken(token), { name: "NotFoundError" });
  });
});

describe("batch jobs", () => {
  const noisy = fused.udf(
    `async (n: int) => { for (let i = 0; i < 3; i++) { console.log("line", i, "of", n); await new Promise((go) => setTimeout(go, 30)); } return { n }; }`,
    { name: "noisy" },
  );

  test("F151, F152, F155, F157 one job through all of its functions", async () => {
    const job = await noisy.runBatch([1, 2], { instanceType: "small" });
    assert.match(String(job), /Job [\da-f-]{36} of noisy on small: (queued|running)/);
    const texts: string[] = [];
    await job.tailLogs({
      sampleLogs: false,
      refreshSeconds: 0.05,
      file: { write: (text) => texts.push(text) },
      timeout: 120,
    });
    assert.equal(texts.filter((text) => /^line \d of \d\n$/.test(text)).length, 6);
    const done = await api.jobWaitForJob(job.jobId, { timeout: 120 });
    assert.equal(done.status, "finished");
    assert.deepEqual(await done.getResults(), [{ n: 1 }, { n: 2 }]);
    const logs = await api.jobGetLogs(job);
    assert.deepEqual(
      logs.map(({ seq }) => seq),
      [...logs.keys()].map((i) => i + 1),
      "each line once",
    );
    const later = await api.jobGetLogs(job, { sinceMs: logs.at(-1)!.timestamp_ms });
    assert.ok(later.length >= 1 && later.length < logs.length);
    const printed: string[] = [];
    await api.jobPrintLogs(job, { file: { write: (text) => printed.push(text) } });
    assert.equal(printed.length, logs.length);
    assert.ok((await job.getExecTime())! > 0);
    assert.equal((await fused.RunResponse.fromJobId(job.jobId)).status, "finished");
    assert.equal((await job.getStatus()).status, "finished");
    assert.equal((await job.refreshStatus()).status, "finished");
    assert.ok((await api.getJobs(2)).some(({ jobId }) => jobId === job.jobId));
    const own = new fused.FusedAPI({ baseUrl: service.base });
    assert.equal((await own.getStatus(job)).status, "finished");
    assert.equal((await own.getLogs(job)).length, logs.length);
    const all: string[] = [];
    await own.tailLogs(job, { file: { write: (text) => all.push(text) } });
    assert.equal(all.length, logs.length);
    const follow: number[] = [];
    for await (const { seq } of job.logs({ follow: true })) follow.push(seq);
    assert.equal(follow.length, logs.length);
    await assert.rejects(api.jobGetStatus("00000000-0000-4000-8000-000000000000"), { name: "NotFoundError" });
  });

  test("a job is followed in one card, which keeps how it ended", async () => {
    const cards: string[] = [];
    const keep = ({ data }: { data: Record<string, unknown> }) => void cards.push(String(data["text/plain"]));
    setDisplaySink({ display: keep, update: keep });
    const job = await noisy.runBatch([7]);
    const done = await job.follow();
    setDisplaySink(undefined);
    assert.equal(done.status, "finished");
    assert.match(cards.at(-1)!, /of noisy on small: finished, 1 of 1\n[^]*line 2 of 7$/);
    const shown = (of: object) =>
      (of as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!.call(of);
    assert.deepEqual(shown(done), {}, "which is not shown twice");
    assert.match(shown(await job.refreshStatus())["text/html"]!, /finished/);
  });

  test("F157 a job's run that failed gives the class of its error, its UDF, its line and which run it was", async () => {
    const odd = fused.udf("(n: number) => {\n  if (n % 2) throw new RangeError('odd ' + n);\n  return n;\n}", {
      name: "odd",
    });
    const job = await odd.runBatch([2, 3], { maxRetry: 0 });
    const ended = await job.waitForJob({ timeout: 120 });
    await assert.rejects(ended.getResults(), {
      name: "UdfRuntimeError",
      message: `RangeError: odd 3\nin UDF odd, line 2\nrun 1 of job ${job.jobId}`,
    });
    const [two, three] = await ended.getResults({ returnExceptions: true });
    assert.deepEqual([two, (three as Error).name], [2, "UdfRuntimeError"]);
  });

  test("F152 cancel, twice; a wait that is too short", async () => {
    const job = await fused.udf(`() => { for (;;); }`, { name: "forever" }).runBatch();
    await assert.rejects(job.waitForJob({ timeout: 0 }), {
      name: "UdfTimeoutError",
      message: /has not ended within 0 s/,
    });
    await job.cancel();
    const ended = await job.waitForJob({ timeout: 120 });
    assert.equal(ended.status, "cancelled");
    assert.equal((await job.cancel()).status, "cancelled");
    await assert.rejects(ended.getResults(), /is cancelled/);
  });

  test("F158 the batch guide: a job downloads a zip, unpacks it and uploads what is in it", async () => {
    const zip = zipSync({ "data/points.csv": new TextEncoder().encode("x,y\n1,2\n") });
    await api.upload(zip, "guide/points.zip");
    const unzip = fused.udf(
      `async (path: string) => {
        const { unzipSync, strFromU8 } = await import("fflate");
        const file = await fused.download(path, "points.zip");
        const files = unzipSync(new Uint8Array(await fused.readFile(file)));
        console.log("unpacked", Object.keys(files).join());
        return strFromU8(files["data/points.csv"]);
      }`,
      { name: "unzip" },
    );
    const job = await unzip.runBatch(["fd://guide/points.zip"]);
    const lines: string[] = [];
    for await (const { message } of job.logs({ follow: true })) lines.push(message);
    assert.ok(lines.includes("unpacked data/points.csv"), lines.join("\n"));
    const [text] = (await (await job.waitForJob({ timeout: 120 })).getResults()) as string[];
    await api.upload(new TextEncoder().encode(text), "guide/points.csv");
    assert.equal(Buffer.from(await api.get("guide/points.csv")).toString(), "x,y\n1,2\n");
  });
});

test("secrets of the service are kept and read by name", async () => {
  await api.secrets.set("API_KEY", "of-the-service-1");
  assert.deepEqual(await api.secrets.list(), ["API_KEY"]);
  assert.equal(await api.secrets.get("API_KEY"), "of-the-service-1");
  const ask = fused.udf(`() => fused.secrets.get("API_KEY").length`);
  assert.equal(await fused.run(ask, {}, { engine: "remote" }), "of-the-service-1".length);
  await api.secrets.delete("API_KEY");
  await assert.rejects(api.secrets.get("API_KEY"), { name: "NotFoundError" });
});

/** A line to the service that is cut after so many bytes of one direction, and holds a third longer each time. */
async function openWeakLine(port: number, holds: number) {
  let most = holds;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    open.add(from);
    const end = () => {
      open.delete(from);
      from.destroy();
      to.destroy();
    };
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      let passed = 0;
      a.on("data", (chunk: Buffer) => {
        passed += chunk.length;
        if (passed > most) {
          cuts++;
          most = Math.ceil(most * 1.3);
          return end();
        }
        if (!b.write(chunk)) {
          a.pause();
          b.once("drain", () => a.resume());
        }
      });
      a.on("error", end);
      a.on("close", end);
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    close() {
      for (const each of open) each.destroy();
      return new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
