import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { packValue } from "../../engine/values.ts";
import { packEncoded } from "../../engine/values/packed-value.ts";
import { finishItem, finishJob, PartLostError } from "../../service/jobs/finish-item.ts";
import type { JobView } from "../../service/jobs/jobs-table.ts";
import { takePart } from "../../service/jobs/take-part.ts";
import { openGate, type Gate } from "../fixtures/gate.ts";
import { frameOf, jobOf, logsOf, resultsOf, startJob, waitForJob } from "./job-client.ts";
import { closeShared, databases, openTestService, type TestService } from "./open-service.ts";
import { waitFor } from "../wait-for.ts";

after(closeShared);

for (const { database, skip } of databases) {
  describe(`batch jobs over ${database}`, { skip }, () => {
    let service: TestService;
    let gate: Gate;
    before(async () => {
      gate = await openGate();
      service = await openTestService({ database, allowPrivate: [gate.host] });
    });
    after(async () => {
      gate.open();
      await service.close();
      await gate.close();
    });

    test("F155 a job runs its list: progress, results in the order of the list, logs, a place in the history", async () => {
      const source = "(n: number) => { console.log(`n = ${n}`); return { n, square: n * n }; }";
      const job = await startJob(service, source, [3, 1, 2]);
      assert.equal(job.status, "queued");
      assert.deepEqual(job.progress, { done: 0, total: 3 });
      const ended = await waitForJob(service, job);
      assert.equal(ended.status, "finished");
      assert.deepEqual(ended.progress, { done: 3, total: 3 });
      assert.ok(ended.created_at <= ended.started_at! && ended.started_at! <= ended.ended_at!);
      const results = await resultsOf(service, job);
      assert.deepEqual(
        results.map(({ index, status, value }) => [index, status, value]),
        [
          [0, "ok", { n: 3, square: 9 }],
          [1, "ok", { n: 1, square: 1 }],
          [2, "ok", { n: 2, square: 4 }],
        ],
      );
      const printed = (await logsOf(service, job)).filter(({ stream }) => stream === "stdout");
      assert.deepEqual(printed.map(({ item, message }) => `${item}: ${message}`).sort(), [
        "0: n = 3",
        "1: n = 1",
        "2: n = 2",
      ]);
      const { jobs } = await service.ask<{ jobs: JobView[] }>("GET", "/job/self?n=1");
      assert.deepEqual(jobs, [ended]);
    });

    test("values come back as they are: tables of bytes, dates, maps; exact arguments come packed", async () => {
      const list = [{ when: new Date(0), bytes: new Uint8Array([1, 2]) }];
      const packed = Buffer.from(packEncoded(await packValue(list))).toString("base64");
      const udf = frameOf("({ when, bytes }: { when: Date; bytes: any }) => new Map([[when.getTime(), bytes]])");
      const job = await service.ask<JobView>("POST", "/run", { body: { udf, arg_list_packed: packed } });
      await waitForJob(service, job);
      const [only] = await resultsOf(service, job);
      assert.deepEqual(only!.value, new Map([[0, new Uint8Array([1, 2])]]));
    });

    test("a run that fails is tried again; one that goes on failing is told by place, text and line", async () => {
      gate.counts.clear();
      const source = `async (n: number) => {
        await fetch("http://${gate.host}/try" + n);
        if (n === 2) throw new TypeError("no two");
        return n;
      }`;
      const job = await startJob(service, source, [1, 2, 3], { max_retry: 1 });
      const ended = await waitForJob(service, job);
      assert.equal(ended.status, "failed");
      assert.equal(ended.reason, "1 of 3 runs failed, first that of index 1: TypeError: no two (line 3)");
      assert.equal(ended.errors, 1);
      assert.deepEqual([...gate.counts].sort(), [
        ["/try1", 1],
        ["/try2", 2],
        ["/try3", 1],
      ]);
      const results = await resultsOf(service, job);
      assert.deepEqual(
        results.map(({ status, error }) => error?.message ?? status),
        ["ok", "no two", "ok"],
      );
    });

    test("a run beyond its time ends the job as a timeout, and the others are done", async () => {
      const job = await startJob(service, "(n: number) => { while (n === 0); return n; }", [0, 1], {
        timeout: 0.5,
        max_retry: 0,
      });
      const ended = await waitForJob(service, job);
      assert.equal(ended.status, "timeout");
      assert.deepEqual(ended.progress, { done: 2, total: 2 });
    });

    test("a run that takes all memory fails alone; the others have their results", async () => {
      const source = `(n: number) => {
        const all = [];
        while (n === 1) all.push(new Uint8Array(2 ** 28));
        return n + all.length;
      }`;
      const job = await startJob(service, source, [0, 1, 2], { max_retry: 0 });
      const ended = await waitForJob(service, job);
      assert.equal(ended.status, "failed");
      assert.deepEqual(
        (await resultsOf(service, job)).map(({ value, error }) => value ?? error!.kind),
        [0, "memory", 2],
      );
    });

    test("F152 F157 a running job is cancelled: its runs end, what is done stays, again changes nothing", async () => {
      gate.shut();
      const source = `async (n: number) => { if (n > 0) await fetch("http://${gate.host}/wait" + n); return n; }`;
      const job = await startJob(service, source, [0, 1, 2, 3, 4], { n_processes_per_worker: 1 });
      await waitForJob(service, job, ({ progress }) => progress.done === 1);
      await waitFor("a second run", () => gate.waiting > 0);
      const cancelled = await service.ask<JobView>("POST", `/run/by-id/${job.job_id}/cancel`);
      assert.equal(cancelled.status, "cancelled");
      await waitFor("the end of the run", () => gate.waiting === 0);
      gate.open();
      const again = await service.ask<JobView>("POST", `/run/by-id/${job.job_id}/cancel`);
      assert.deepEqual(again, cancelled);
      assert.deepEqual(
        (await resultsOf(service, job)).map(({ status }) => status),
        ["ok", "cancelled", "cancelled", "cancelled", "cancelled"],
      );
    });

    test("a part whose machines are lost time and again, with nothing done in between, ends the job with the reason", async () => {
      const none = await openTestService({ database, batch: { ...service.context.settings.batch, sizes: [] } });
      const { database: tables } = none.context;
      const job = await startJob(none, "(n: number) => n", [1, 2]);
      const part = { jobId: job.job_id, part: 0 };
      const pickups = [];
      for (const worker of ["one", "two", "three", "four"]) pickups.push(await takePart(tables, part, worker));
      assert.deepEqual(
        pickups.map((each) => Object.keys(each)[0]),
        ["taken", "taken", "taken", "givenUp"],
      );
      const { givenUp } = pickups.at(-1) as { givenUp: string };
      await finishJob(tables, job.job_id, givenUp);
      const ended = await jobOf(none, job);
      assert.equal(ended.status, "failed");
      assert.match(ended.reason!, /was lost 3 times in a row \(last three\)\. 2 of 2 runs were not done/);
      await none.close();
    });

    test("of two machines that bring the same result, the one that has the part is heard, and once", async () => {
      const none = await openTestService({ database, batch: { ...service.context.settings.batch, sizes: [] } });
      const { database: tables } = none.context;
      const job = await startJob(none, "(n: number) => n", [1, 2]);
      const part = { jobId: job.job_id, part: 0 };
      const [old, current] = [await takePart(tables, part, "old"), await takePart(tables, part, "new")];
      assert.ok("taken" in old && "taken" in current);
      const end = { index: 0, value: new Uint8Array([1]), attempts: 1, ms: 1 };
      await assert.rejects(finishItem(tables, old.taken, end, "old"), PartLostError);
      await finishItem(tables, current.taken, end, "new");
      // The connection broke after the commit, so it is sent again.
      await finishItem(tables, current.taken, { ...end, value: new Uint8Array([2]) }, "new");
      await assert.rejects(finishItem(tables, old.taken, end, "old"), PartLostError);
      assert.deepEqual((await jobOf(none, job)).progress, { done: 1, total: 2 });
      await none.close();
    });

    test("a job that waits in the queue is cancelled before it begins", async () => {
      const none = await openTestService({ database, batch: { ...service.context.settings.batch, sizes: [] } });
      const job = await startJob(none, "() => 1", [{}]);
      const cancelled = await none.ask<JobView>("POST", `/run/by-id/${job.job_id}/cancel`);
      assert.deepEqual([cancelled.status, cancelled.started_at], ["cancelled", null]);
      await none.close();
    });

    test("F151 following a log loses no line and doubles none, however the polls fall", async () => {
      const source = `async (n: number) => {
        for (let i = 0; i < 40; i++) { console.log(n + "/" + i); if (i % 8 === 0) await new Promise((r) => setTimeout(r, 30)); }
      }`;
      const job = await startJob(service, source, [0, 1, 2]);
      const seen: string[] = [];
      for (let after = 0; ;) {
        const { logs, done } = await service.ask<{
          logs: { seq: number; stream: string; message: string }[];
          done: boolean;
        }>("GET", `/logs/${job.job_id}/tail?after=${after}&limit=7`);
        for (const { seq, stream, message } of logs) {
          assert.equal(seq, after + 1);
          after = seq;
          if (stream === "stdout") seen.push(message);
        }
        if (done) break;
      }
      assert.equal(seen.length, 120);
      assert.equal(new Set(seen).size, 120);
      for (const n of [0, 1, 2]) {
        const own = seen.filter((each) => each.startsWith(`${n}/`));
        assert.deepEqual(
          own,
          Array.from({ length: 40 }, (_, i) => `${n}/${i}`),
        );
      }
      const all = await logsOf(service, job);
      const { timestamp_ms: last } = all.at(-1)!;
      const since = await logsOf(service, job, `?since_ms=${last}`);
      assert.deepEqual(
        since,
        all.filter(({ timestamp_ms }) => timestamp_ms >= last),
      );
      assert.deepEqual(await logsOf(service, job, "?limit=2"), all.slice(0, 2));
    });

    test("F092 sizes and cloud types are taken, unknown ones refused; what this service cannot do is refused, too", async () => {
      for (const instance_type of ["small", "medium", "large", "m5.4xlarge"]) {
        const job = await startJob(service, "() => 1", [{}], { instance_type });
        assert.equal((await waitForJob(service, job)).status, "finished");
        assert.equal(job.instance_type, instance_type);
      }
      const refused: [Record<string, unknown>, RegExp][] = [
        [{ instance_type: "huge" }, /There is no instance_type "huge": small, medium, large/],
        [{ region: "eu-west-1" }, /region "eu-west-1": this service's workers are where they are/],
        [{ image_name: "other" }, /image_name "other"/],
        [{ max_workers: 6 }, /max_workers is a number from 1 to 5/],
        [{ n_processes_per_worker: 1.5 }, /whole number/],
        [{ arg_list: [1, "two"] }, /arg_list\[1\]: .*n/],
        [{ arg_list: { n: 1 } }, /arg_list is a list/],
        [{ udf: {} }, /udf names what is run/],
        [{ udf: { frame: "aGVsbG8gd29ybGQ=" } }, /not the bytes of a Fused UDF/],
        [{ additional_env: ["no equals sign"] }, /KEY=value/],
      ];
      for (const [options, text] of refused) {
        const body = { udf: frameOf("(n: number) => n"), arg_list: [1], ...options };
        const response = await service.send("POST", "/run", { body });
        assert.ok([400, 422].includes(response.status), `${response.status} for ${JSON.stringify(options)}`);
        assert.match(((await response.json()) as { error: { message: string } }).error.message, text);
      }
    });

    test("a list is divided over machines; an empty one has ended at once", async () => {
      const numbers = Array.from({ length: 30 }, (_, n) => n);
      const job = await startJob(service, "(n: number) => n + 1", numbers, { max_workers: 3 });
      await waitForJob(service, job);
      assert.deepEqual(
        (await resultsOf(service, job)).map(({ value }) => value),
        numbers.map((n) => n + 1),
      );
      const parts = (await logsOf(service, job)).filter(({ message }) => /^Part \d of 3 is taken/.test(message));
      assert.equal(parts.length, 3);
      const empty = await startJob(service, "(n: number) => n", []);
      assert.equal(empty.status, "finished");
      assert.deepEqual(await resultsOf(service, empty), []);
    });

    test("results as JSON, for programs that are not ours; one that is too large for that is told", async () => {
      const source = `(n: number) => {
        if (n === 2) throw new RangeError("two");
        return n === 3 ? "x".repeat(2 * 2 ** 20) : [{ n, big: 2n, when: new Date(0) }];
      }`;
      const read = async (list: number[]) => {
        const job = await startJob(service, source, list, { max_retry: 0 });
        await waitForJob(service, job);
        return service.send("GET", `/run/by-id/${job.job_id}/results?format=json`);
      };
      const answer = await read([1, 2]);
      assert.match(answer.headers.get("Content-Type")!, /^application\/json/);
      const [one, two] = (await answer.json()) as { index: number; status: string; value?: unknown; error?: object }[];
      assert.deepEqual([one!.status, one!.value], ["ok", [{ n: 1, big: 2, when: "1970-01-01T00:00:00.000Z" }]]);
      assert.deepEqual([two!.index, two!.status, "value" in two!], [1, "error", false]);
      assert.match(JSON.stringify(two!.error), /RangeError.*two/);
      assert.deepEqual(await (await read([])).json(), []);
      assert.equal((await read([3])).status, 422);
    });

    test("F085 at most n_processes_per_worker runs of a part at a time", async () => {
      gate.shut();
      const source = `async (n: number) => { await fetch("http://${gate.host}/at-once" + n); return n; }`;
      const job = await startJob(service, source, [1, 2, 3, 4, 5, 6], { n_processes_per_worker: 3 });
      await waitFor("three runs", () => gate.waiting >= 3);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(gate.waiting, 3);
      gate.open();
      assert.equal((await waitForJob(service, job)).status, "finished");
    });

    test("a job has the secrets of its owner and additional_env, and they are masked in its log", async () => {
      await service.ask("PUT", "/secrets/self/user/API_KEY", { body: { value: "hush-hush-1" } });
      const source = `() => {
        console.log("key", fused.secrets.API_KEY, "env", fused.secrets.MODE);
        return [fused.secrets.API_KEY === "hush-hush-1", fused.secrets.MODE, fused.context.inBatch()];
      }`;
      const job = await startJob(service, source, [{}], { additional_env: ["MODE=night shift"] });
      assert.equal((await waitForJob(service, job)).reason, null);
      const [only] = await resultsOf(service, job);
      assert.deepEqual(only!.value, [true, "night shift", true]);
      const text = (await logsOf(service, job)).map(({ message }) => message).join("\n");
      assert.match(text, /key •••• env ••••/);
      const next = await startJob(service, "() => { try { return fused.secrets.MODE; } catch { return 'none'; } }", [
        {},
      ]);
      await waitForJob(service, next);
      assert.equal((await resultsOf(service, next))[0]!.value, "none", "what one job was given the next has not");
      const rows = await service.context.database.query(
        "select encode(sealed_env, 'escape') as env from fused.jobs where sealed_env is not null",
      );
      assert.ok(!JSON.stringify(rows).includes("night"));
    });

    test("F159 the mail folder gets one message at the end of a job that asked for it, and none otherwise", async () => {
      const asked = await startJob(service, "() => 1", [{}], { send_status_email: true });
      const silent = await startJob(service, "() => 1", [{}]);
      await waitForJob(service, asked);
      await waitForJob(service, silent);
      const folder = join(service.dataFolder, "mail");
      const mails = () => readdirSync(folder, { withFileTypes: true }).map(({ name }) => name);
      await waitFor("the mail", () => mails().includes(`${asked.job_id}.eml`), { every: 50 });
      assert.deepEqual(mails(), [`${asked.job_id}.eml`]);
      const text = readFileSync(join(folder, `${asked.job_id}.eml`), "utf8");
      assert.match(text, new RegExp(`The job ${asked.job_id} \\(udf\\) is finished`));
    });

    test("a machine without the disk that a job asks for ends it with the reason", async () => {
      const job = await startJob(service, "() => 1", [{}], { disk_size_gb: 900_000 });
      const ended = await waitForJob(service, job);
      assert.equal(ended.status, "failed");
      assert.match(ended.reason!, /asks for 900000 GB of disk \(disk_size_gb\), and this worker has [\d.]+ GB free/);
    });

    test("ids that are none, or nobody's, are not found", async () => {
      for (const id of ["00000000-0000-4000-8000-000000000000", "1; drop table fused.jobs", "%00"]) {
        const response = await service.send("GET", `/run/by-id/${encodeURIComponent(id)}`);
        assert.equal(response.status, 404, id);
      }
      await assert.doesNotReject(startJob(service, "() => 1", [{}]).then((job) => jobOf(service, job)));
    });
  });
}
