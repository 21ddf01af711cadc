import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isAbsolute, join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { sweep } from "../../engine/files/file-path.ts";
import { download, filePath } from "../../fused/files/download.ts";
import { options } from "../../fused/options.ts";
import { filesIn, ownFolders, printed } from "./cache-folder.ts";

const folders = ownFolders();
const bytes = Buffer.from(Array.from({ length: 300_000 }, (_none, i) => i % 251));
const requests: { url: string; range?: string }[] = [];
/** How many bytes of `/cut` come before the connection ends; it is whole once nothing is left to cut. */
let cuts: number[] = [];

const server = createServer((request, response) => {
  const { url = "/" } = request;
  const { range } = request.headers;
  requests.push({ url, range });
  if (url === "/404") return void response.writeHead(404).end("no such thing");
  if (url === "/redirect") return void response.writeHead(302, { location: "/file" }).end();
  if (url === "/gzip") return void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(bytes));
  if (url === "/chunked") return void response.end(bytes.subarray(0, 1000));
  if (url === "/slow") return void setTimeout(() => response.end(bytes), 150);
  if (!url.startsWith("/cut")) return void response.end(bytes);
  const start = range && url === "/cut" ? Number(/bytes=(\d+)-/.exec(range)![1]) : 0;
  const headers = { "content-length": bytes.length - start, ...(url === "/cut" && { etag: '"one"' }) };
  response.writeHead(start > 0 ? 206 : 200, headers);
  const cut = cuts.shift();
  if (cut === undefined) return void response.end(bytes.subarray(start));
  response.write(bytes.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 20));
});
let origin: string;

before(async () => {
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const asked = (url: string) => requests.filter((each) => each.url === url);

test("F121 20 callers at once: one request, one path; later calls make none", async () => {
  const paths = await Promise.all(Array.from({ length: 20 }, () => download(`${origin}/slow`, "a/slow file ü.bin")));
  assert.equal(new Set(paths).size, 1);
  assert.deepEqual(readFileSync(paths[0]!), bytes);
  assert.equal(paths[0], join(folders.data, "a", "slow file ü.bin"));
  await download(`${origin}/slow`, "a/slow file ü.bin");
  assert.equal(asked("/slow").length, 1);
});

test("F121 callers in several processes: one request", async () => {
  const script = `import { download } from ${JSON.stringify(new URL("../../fused/files/download.ts", import.meta.url).href)};
    await Promise.all([1, 2, 3].map(() => download("${origin}/processes", "many/p.bin")));`;
  const exits = [1, 2, 3].map(async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr += String(text)));
    const [code] = (await once(child, "close")) as [number];
    assert.equal(code, 0, stderr);
  });
  await Promise.all(exits);
  assert.equal(asked("/processes").length, 1);
});

test("F121 a failed download says why and leaves no file", async () => {
  await assert.rejects(download(`${origin}/404`, "fails/a.bin"), {
    name: "DownloadError",
    message: /\/404 answered 404/,
  });
  await assert.rejects(download("http://127.0.0.1:9/x", "fails/b.bin"), { name: "DownloadError" });
  cuts = [100, 100, 100];
  await assert.rejects(download(`${origin}/cut-without-etag`, "fails/c.bin"), { name: "DownloadError" });
  assert.deepEqual(filesIn(join(folders.data, "fails")), []);
  assert.deepEqual(filesIn(folders.data, ".partial"), []);
  cuts = [];
});

test("F121 a download that is cut short goes on where it stopped, in this call and in the next", async () => {
  cuts = [60_000, 60_000];
  const path = await download(`${origin}/cut`, "resume/one.bin");
  assert.deepEqual(readFileSync(path), bytes);
  assert.ok(
    asked("/cut")
      .slice(1)
      .every(({ range }) => Number(/bytes=(\d+)-/.exec(range!)![1]) > 0),
  );
  requests.length = 0;
  cuts = [50_000, 50_000, 50_000];
  await assert.rejects(download(`${origin}/cut`, "resume/two.bin"));
  assert.equal(existsSync(join(folders.data, "resume", "two.bin")), false);
  const last = asked("/cut").length;
  assert.deepEqual(readFileSync(await download(`${origin}/cut`, "resume/two.bin")), bytes);
  assert.match(asked("/cut")[last]!.range!, /^bytes=[1-9]/);
});

test("F121 redirects, encoded answers and answers of unknown length come whole", async () => {
  assert.deepEqual(readFileSync(await download(`${origin}/redirect`, "r.bin")), bytes);
  assert.deepEqual(readFileSync(await download(`${origin}/gzip`, "g.bin")), bytes);
  assert.equal(readFileSync(await download(`${origin}/chunked`, "c.bin")).length, 1000);
});

test("F121 the same path for another address: the file that is there, with a warning; overwrite fetches", async () => {
  await download(`${origin}/file`, "same.bin");
  const said = await printed(() => download(`${origin}/chunked`, "same.bin"));
  assert.match(said.warn.join(), /"same\.bin" is there already, from http:.*\/file; .*\/chunked is not fetched/);
  const path = await download(`${origin}/chunked`, "same.bin", { overwrite: true });
  assert.equal(readFileSync(path).length, 1000);
});

test("F121 paths are relative, addresses of known schemes", async () => {
  for (const path of ["/abs.bin", "../up.bin", "a/../../up.bin", "", " ", "C:\\x", ".fused/x"]) {
    await assert.rejects(download(`${origin}/file`, path), { name: "FilePathError" }, path);
  }
  await assert.rejects(download("ftp://host/x", "x"), /not from ftp:/);
  await assert.rejects(download("nonsense", "x"), /is no address/);
  await assert.rejects(download("fd://x", "x"), /Set the option fdPrefix/);
});

test("F177 fd:// stands for fdPrefix; data and temporary files go to the options' directories", async () => {
  options.fdPrefix = `${origin}/bucket/`;
  await download("fd://some/file.bin", "fd.bin");
  options.fdPrefix = null;
  assert.equal(asked("/bucket/some/file.bin").length, 1);
  assert.ok((await filePath("x.csv")).startsWith(folders.temp));
  assert.ok(existsSync(join(folders.data, "fd.bin")));
});

test("F122 filePath makes the directories; mkdir: false makes none; a last part without a suffix is one itself", async () => {
  const path = await filePath("demo/day 1/data.csv");
  assert.ok(isAbsolute(path) && existsSync(join(path, "..")) && !existsSync(path));
  assert.ok(existsSync(await filePath("demo/folder")));
  assert.equal(existsSync(join(await filePath("none/data.csv", { mkdir: false }), "..")), false);
  await assert.rejects(filePath(""), { name: "FilePathError" });
  await assert.rejects(filePath("/etc/passwd"), { name: "FilePathError" });
});

test("F122 what nobody has asked for in 12 hours is removed; asking for it keeps it", async () => {
  const [old, kept, fresh] = await Promise.all(
    ["old/a.csv", "kept/a.csv", "fresh/a.csv"].map((path) => filePath(path)),
  );
  for (const path of [old, kept, fresh]) writeFileSync(path!, "x");
  const hours = (count: number) => new Date(Date.now() - count * 3600_000);
  for (const path of [old, kept, join(old!, ".."), join(kept!, "..")]) utimesSync(path!, hours(13), hours(13));
  utimesSync(fresh!, hours(11), hours(11));
  await filePath("kept/a.csv");
  sweep(join(folders.temp, "fused", "files"), Date.now());
  assert.deepEqual(
    [old, kept, fresh].map((path) => existsSync(path!)),
    [false, true, true],
  );
  assert.equal(existsSync(join(old!, "..")), false, "the empty directory goes too");
});

test("F123 storage: local and mount are different roots; object is the service's", async () => {
  const mounted = join(folders.root, "mounted");
  await assert.rejects(filePath("a.csv", { storage: "mount" }), /no mounted disk/);
  await filePath("x.csv");
  const { mkdirSync } = await import("node:fs");
  mkdirSync(mounted);
  process.env["FUSED_MOUNT_DIRECTORY"] = mounted;
  assert.ok((await filePath("a.csv", { storage: "mount" })).startsWith(mounted));
  assert.ok((await download(`${origin}/file`, "m.bin", { storage: "mount" })).startsWith(mounted));
  assert.ok((await filePath("a.csv", { storage: "local" })).startsWith(folders.temp));
  await assert.rejects(filePath("a.csv", { storage: "object" }), /belongs to the service/);
  await assert.rejects(
    filePath("a.csv", { storage: "disk" as "auto" }),
    /storage is one of auto, mount, local, object/,
  );
  process.env["FUSED_MOUNT_DIRECTORY"] = join(folders.root, "no-mount");
});
