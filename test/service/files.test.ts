import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { FileDetails } from "../../service/files/list-files.ts";
import { resultsOf, startJob, waitForJob } from "./job-client.ts";
import { closeShared, databases, openTestService, type TestService } from "./open-service.ts";
import { waitFor } from "../wait-for.ts";

after(closeShared);

for (const { database, skip } of databases) {
  describe(`files over ${database}`, { skip }, () => {
    let service: TestService;
    before(async () => {
      service = await openTestService({ database });
    });
    after(() => service.close());

    const put = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
      service.send("PUT", `/files/upload?path=${encodeURIComponent(path)}`, { body, headers });
    const list = (path: string) => service.ask<string[]>("GET", `/files/list?path=${encodeURIComponent(path)}`);
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await service.send("GET", `/files/get?path=${encodeURIComponent(path)}`);
      assert.equal(answer.status, 307, await answer.clone().text());
      return fetch(answer.headers.get("Location")!, { headers });
    };

    test("F147 a file goes up, is listed, comes back, and goes", async () => {
      const answer = await put("fd://round/trip.txt", "hello");
      assert.deepEqual(await answer.json(), { url: "fd://round/trip.txt", size: 5, done: true });
      assert.deepEqual(await list("fd://round/"), ["fd://round/trip.txt"]);
      assert.deepEqual(await list("round"), ["fd://round/trip.txt"]);
      const details = await service.ask<FileDetails[]>("GET", "/files/list-details?path=fd://");
      const { last_modified: time, ...folder } = details.find(({ file_name }) => file_name === "round")!;
      assert.deepEqual(folder, { url: "fd://round/", file_name: "round", is_directory: true, size: null });
      assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
      assert.equal(await (await get("fd://round/trip.txt")).text(), "hello");
      await put("fd://round/trip.txt", "");
      assert.equal(await (await get("fd://round/trip.txt")).text(), "");
      const deleted = await service.ask("DELETE", "/files/delete?path=fd://round/trip.txt");
      assert.deepEqual(deleted, { deleted: true });
      assert.deepEqual(await list("fd://round/"), []);
      assert.deepEqual(await service.ask("DELETE", "/files/delete?path=fd://round/trip.txt"), { deleted: false });
    });

    test("a file is whole or not there: what was cut off, is too large or has another digest leaves nothing", async () => {
      const incoming = join(service.dataFolder, "files", "incoming");
      const wrong = await put("fd://half", "hello", { "X-Fused-Content-Sha256": "0".repeat(64) });
      assert.equal(wrong.status, 400);
      const right = createHash("sha256").update("hello").digest("hex");
      assert.equal((await put("fd://whole", "hello", { "X-Fused-Content-Sha256": right })).status, 200);
      const large = await put("fd://large", new Uint8Array(64 * 2 ** 20 + 1));
      assert.equal(large.status, 413);
      await new Promise<void>((resolve) => {
        const cut = request(`${service.base}/files/upload?path=fd://cut`, {
          method: "PUT",
          headers: { Authorization: `Fused-Service-Token ${service.token}`, "Content-Length": "1000" },
        });
        cut.on("error", () => resolve());
        cut.write("begun", () => setTimeout(() => cut.destroy(), 50));
      });
      await waitFor("the end of what was cut off", () => readdirSync(incoming).length === 0);
      assert.deepEqual(await list("fd://"), ["fd://whole"]);
    });

    test("F148 a large file goes up in parts, and on after an interruption", async () => {
      const bytes = new Uint8Array(300_000).map((_, i) => i % 251);
      const { upload_id, offset } = await service.ask<{ upload_id: string; offset: number }>(
        "POST",
        "/files/upload/start",
        { body: { path: "fd://big/parts.bin", size: bytes.length } },
      );
      assert.equal(offset, 0);
      const part = (from: number, to: number, size = bytes.length) =>
        service.send("PUT", `/files/upload?path=fd://big/parts.bin&upload_id=${upload_id}`, {
          body: bytes.subarray(from, to),
          headers: { "Content-Range": `bytes ${from}-${to - 1}/${size}` },
        });
      assert.deepEqual(await (await part(0, 100_000)).json(), { offset: 100_000 });
      const outOfTurn = await part(200_000, 300_000);
      assert.equal(outOfTurn.status, 409);
      assert.equal(((await outOfTurn.json()) as { error: { offset: number } }).error.offset, 100_000);
      assert.equal((await part(100_000, 200_000, 5)).status, 400);
      assert.deepEqual(await service.ask("GET", `/files/upload/${upload_id}`), { offset: 100_000, size: 300_000 });
      assert.deepEqual(await list("fd://big"), []);
      await part(100_000, 200_000);
      assert.deepEqual(await (await part(200_000, 300_000)).json(), {
        url: "fd://big/parts.bin",
        size: 300_000,
        done: true,
      });
      assert.deepEqual(new Uint8Array(await (await get("fd://big/parts.bin")).arrayBuffer()), bytes);
      assert.equal((await service.send("GET", `/files/upload/${upload_id}`)).status, 404);
      const empty = await service.ask<{ upload_id: string }>("POST", "/files/upload/start", {
        body: { path: "fd://big/empty", size: 0 },
      });
      const end = `/files/upload?path=fd://big/empty&upload_id=${empty.upload_id}`;
      assert.equal((await service.ask<{ size: number }>("PUT", end)).size, 0);
    });

    test("ranges, validators and HEAD, as readers of Parquet and GeoTIFF ask", async () => {
      await put("fd://range.bin", "0123456789");
      const ranged = async (range: string, more = {}) => {
        const answer = await get("fd://range.bin", { Range: range, ...more });
        return [answer.status, answer.headers.get("Content-Range"), await answer.text()];
      };
      assert.deepEqual(await ranged("bytes=2-4"), [206, "bytes 2-4/10", "234"]);
      assert.deepEqual(await ranged("bytes=7-"), [206, "bytes 7-9/10", "789"]);
      assert.deepEqual(await ranged("bytes=-3"), [206, "bytes 7-9/10", "789"]);
      assert.deepEqual(await ranged("bytes=8-100"), [206, "bytes 8-9/10", "89"]);
      assert.deepEqual((await ranged("bytes=10-"))[0], 416);
      assert.deepEqual(await ranged("bytes=0-1", { "If-Range": '"another"' }), [200, null, "0123456789"]);
      const whole = await get("fd://range.bin");
      const etag = whole.headers.get("ETag")!;
      assert.equal((await get("fd://range.bin", { "If-None-Match": etag })).status, 304);
      assert.deepEqual((await ranged("bytes=0-1", { "If-Range": etag }))[0], 206);
      const head = await fetch(whole.url, { method: "HEAD" });
      assert.deepEqual([head.status, head.headers.get("Content-Length"), await head.text()], [200, "10", ""]);
    });

    test("F149 signed addresses need no login, open one file until they expire, and may be of files to come", async () => {
      const { url } = await service.ask<{ url: string }>("GET", "/files/sign?path=fd://later.txt&expires=60");
      assert.equal((await fetch(url)).status, 404);
      await put("fd://later.txt", "here");
      await put("fd://other.txt", "not this");
      assert.equal(await (await fetch(url)).text(), "here");
      const refused = [
        url.replace("later.txt", "other.txt"),
        url.replace(/sig=./, (start) => (start === "sig=A" ? "sig=B" : "sig=A")),
        url.replace(/expires=\d+/, "expires=99999999999"),
        url.replace(/&sig=.*/, ""),
      ];
      for (const each of refused) assert.equal((await fetch(each)).status, 403, each);
      const { url: short } = await service.ask<{ url: string }>("GET", "/files/sign?path=fd://later.txt&expires=1");
      await waitFor("the end of the second", async () => (await fetch(short)).status !== 200, { every: 100 });
      assert.equal((await fetch(short)).status, 403);
      await put("fd://tree/a.txt", "a");
      await put("fd://tree/deep/b.txt", "b");
      const urls = await service.ask<Record<string, string>>("GET", "/files/sign-prefix?path=fd://tree/");
      assert.deepEqual(Object.keys(urls).sort(), ["fd://tree/a.txt", "fd://tree/deep/b.txt"]);
      assert.equal(await (await fetch(urls["fd://tree/deep/b.txt"]!)).text(), "b");
    });

    test("a page that was uploaded cannot act as one of the service's own", async () => {
      await put("fd://page.html", "<script>alert(1)</script>");
      await put("fd://drawing.svg", "<svg/>");
      for (const path of ["fd://page.html", "fd://drawing.svg"]) {
        const { headers } = await get(path);
        assert.equal(headers.get("Content-Type"), "application/octet-stream");
        assert.match(headers.get("Content-Security-Policy")!, /sandbox/);
        assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
      }
    });

    test("F147 deleting minds how deep a tree is", async () => {
      await put("fd://deep/1/2/3/4.txt", "x");
      const refused = await service.send("DELETE", "/files/delete?path=fd://deep");
      assert.equal(refused.status, 409);
      assert.match(
        await refused.text(),
        /fd:\/\/deep is 4 levels deep and max_deletion_depth is 3: nothing was deleted/,
      );
      assert.equal((await service.send("DELETE", "/files/delete?path=fd://deep&max_deletion_depth=4")).status, 200);
      assert.deepEqual(await list("fd://deep"), []);
      assert.equal((await service.send("DELETE", "/files/delete?path=fd://&max_deletion_depth=unlimited")).status, 422);
    });

    test("paths that lead out of the folder, or are none, are refused", async () => {
      const odd = [
        "fd://../token",
        "fd://a/../../token",
        "..",
        "fd://a/./b",
        "fd://a//b",
        "/etc/../passwd",
        "fd://a\\..\\b",
        "fd://nul\0byte",
        "fd://line\nbreak",
        "fd://right\u202eleft",
        "fd:// space",
        `fd://${"long".repeat(70)}`,
        `fd://${"a/".repeat(80)}b`,
        "s3://bucket/key",
        "file:///etc/passwd",
        "",
      ];
      for (const path of odd) {
        const answer = await put(path, "x");
        assert.equal(answer.status, 422, JSON.stringify(path));
        const listed = await service.send("GET", `/files/list?path=${encodeURIComponent(path)}`);
        assert.equal(listed.status, 422, JSON.stringify(path));
      }
      for (const encoded of ["..%2f..%2ftoken", "%2e%2e/token", "a%2f..%2f..%2f..%2ftoken"]) {
        const { url } = await service.ask<{ url: string }>("GET", "/files/sign?path=fd://a");
        const { status } = await fetch(url.replace(/\/a\?/, `/${encoded}?`));
        assert.ok([400, 403, 404, 422].includes(status), `${encoded}: ${status}`);
      }
      assert.equal(
        await (await put("fd://ein schöner Name ☃.txt", "ok")).text().then((text) => text.includes("☃")),
        true,
      );
    });

    test("links in the folder are not followed", async () => {
      const { team } = await service.ask<{ team: { id: string } }>("GET", "/user/self");
      const folder = join(service.dataFolder, "files", team.id);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(service.dataFolder, "outside.txt"), "secret");
      symlinkSync(service.dataFolder, join(folder, "way-out"));
      symlinkSync(join(service.dataFolder, "outside.txt"), join(folder, "file-out"));
      for (const path of ["fd://way-out/outside.txt", "fd://file-out", "fd://way-out/new.txt"]) {
        assert.equal((await service.send("GET", `/files/get?path=${path}`)).status, 403);
        assert.equal((await put(path, "x")).status, 403);
        assert.equal((await service.send("DELETE", `/files/delete?path=${path}`)).status, 403);
      }
      assert.ok(!(await list("fd://")).some((each) => each.includes("-out")));
      assert.ok(!existsSync(join(service.dataFolder, "new.txt")));
    });

    test("what is packed for the way is refused: sizes are those that are counted", async () => {
      const answer = await put("fd://bomb", "x", { "Content-Encoding": "gzip" });
      assert.equal(answer.status, 415);
    });

    test("a UDF reads its team's files as fd://, and the address behind it shows nowhere", async () => {
      await put("fd://data/points.csv", "x,y\n1,2\n");
      const source = `async () => {
        const path = await fused.download("fd://data/points.csv", "points.csv");
        try { await fused.download("fd://data/none.csv", "none.csv"); } catch (error) { console.log(String(error)); }
        return new TextDecoder().decode(await fused.readFile(path));
      }`;
      const job = await startJob(service, source, [{}], { max_retry: 0 });
      assert.equal((await waitForJob(service, job)).reason, null);
      assert.equal((await resultsOf(service, job))[0]!.value, "x,y\n1,2\n");
      const { logs } = await service.ask<{ logs: { message: string }[] }>("GET", `/logs/${job.job_id}`);
      const said = logs.find(({ message }) => message.includes("none.csv"))!.message;
      assert.match(said, /files\/run\/[\da-f-]+\/\d+\/••••\/data\/none\.csv answered 404/);
    });

    test("a team stores no more than its quota", async () => {
      const small = await openTestService({
        database,
        quotas: { requestsPerMinute: 0, concurrentRuns: 0, storedBytes: 1000 },
      });
      const send = (name: string, size: number) =>
        small.send("PUT", `/files/upload?path=fd://${name}`, { body: new Uint8Array(size) });
      assert.equal((await send("a", 600)).status, 200);
      assert.equal((await send("b", 600)).status, 429);
      assert.equal((await send("a", 400)).status, 200);
      assert.equal((await send("b", 600)).status, 200);
      await small.ask("DELETE", "/files/delete?path=fd://b");
      assert.equal((await send("c", 500)).status, 200);
      await small.close();
    });
  });
}
