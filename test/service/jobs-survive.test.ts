import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { serviceSettings } from "../../service/settings.ts";
import { startService } from "../../service/start-service.ts";
import { startWorker } from "../../service/start-worker.ts";
import type { JobView } from "../../service/jobs/jobs-table.ts";
import { openGate, type Gate } from "../fixtures/gate.ts";
import { logsOf, resultsOf, startJob, waitForJob } from "./job-client.ts";
import { closeShared, openTestService, sharedPostgres, type TestService } from "./open-service.ts";
import { postgresMissing } from "./postgres-server.ts";
import { waitFor } from "../wait-for.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.ts";

/** Check 2: whatever is killed, no job is lost and nothing is completed twice. */
describe("jobs survive", { skip: postgresMissing }, () => {
  let service: TestService;
  let gate: Gate;
  const workers: WorkerProcess[] = [];
  const batch = { ...serviceSettings().batch, leaseSeconds: 10 };

  before(async () => {
    gate = await openGate({ isOpen: false });
    service = await openTestService({
      databaseUrl: (await sharedPostgres()).newDatabase(),
      batch: { ...batch, sizes: [] },
      allowPrivate: [gate.host],
    });
  });
  after(async () => {
    gate.open();
    await Promise.all(workers.splice(0).map((worker) => worker.end()));
    await service.close();
    await gate.close();
    await closeShared();
  });

  const addWorker = async (sizes = batch.sizes) => {
    const { databaseUrl } = service.context.settings;
    const worker = await startWorkerProcess({
      databaseUrl,
      publicUrl: service.url,
      batch: { ...batch, sizes },
      allowPrivate: [gate.host],
      masterKey: undefined,
    });
    workers.push(worker);
    return worker;
  };
  const forget = (worker: WorkerProcess) => workers.splice(workers.indexOf(worker), 1);
  /** Runs that ask the gate; those of `held` wait there. */
  const source = `async (n: number) => {
    console.log("run " + n);
    await fetch("http://${"HOST"}/" + n);
    return n * 10;
  }`;
  const start = (list: unknown[], options: Record<string, unknown> = {}) => {
    gate.counts.clear();
    return startJob(service, source.replace("HOST", gate.host), list, { n_processes_per_worker: 1, ...options });
  };
  const numbers = Array.from({ length: 12 }, (_, n) => n);

  /** Every run completed, once; those that were not under way at the kill were run once. */
  const checkComplete = async (job: JobView, underWay: number) => {
    const ended = await waitForJob(service, job);
    assert.equal(ended.reason, null);
    assert.deepEqual([ended.status, ended.progress], ["finished", { done: 12, total: 12 }]);
    assert.deepEqual(
      (await resultsOf(service, job)).map(({ value }) => value),
      numbers.map((n) => n * 10),
    );
    const runs = [...gate.counts.values()];
    assert.equal(runs.length, 12);
    const more = runs.reduce((sum, count) => sum + count, 0) - 12;
    assert.ok(more <= underWay, `${more} runs were made again; ${underWay} were under way`);
    const seqs = (await logsOf(service, job)).map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => i + 1),
    );
  };
  /** Lets `done` runs through, until they are done and another waits. */
  const letThrough = async (job: JobView, done: number) => {
    gate.pass(done);
    await waitForJob(service, job, ({ progress }) => progress.done === done);
    await waitFor("a run at the gate", () => gate.waiting > 0);
  };

  test("replicas and workers that start at once on an empty database all start", async () => {
    for (let round = 0; round < 3; round++) {
      const databaseUrl = (await sharedPostgres()).newDatabase();
      const dataFolder = mkdtempSync(join(tmpdir(), "fused-service-"));
      const settings = serviceSettings({ dataFolder, databaseUrl, port: 0 });
      const started = await Promise.all([
        startService(settings),
        startService(settings),
        startWorker({ ...settings, databaseUrl, publicUrl: "http://127.0.0.1:1" }),
        startService(settings),
      ]);
      for (const each of started) await each.close();
      rmSync(dataFolder, { recursive: true });
    }
  });

  test("a worker that is killed (SIGKILL): another goes on, and what was done is not done again", async () => {
    const first = await addWorker();
    const job = await start(numbers);
    await letThrough(job, 3);
    const second = await addWorker();
    await first.kill();
    forget(first);
    gate.open();
    await checkComplete(job, 1);
    const taken = (await logsOf(service, job)).filter(({ message }) => message.includes("is taken by worker"));
    assert.deepEqual(
      taken.map(({ message }) => message.replace(/.*worker (.*)\.$/, "$1")),
      [first.name, second.name],
    );
  });

  test("a worker that is asked to end gives its part back, and another goes on at once", async () => {
    const [only] = workers;
    gate.shut();
    const job = await start(numbers);
    await letThrough(job, 2);
    await addWorker();
    await only!.end();
    const ended = Date.now();
    forget(only!);
    gate.open();
    await checkComplete(job, 1);
    const taken = (await logsOf(service, job)).findLast(({ message }) => message.includes("is taken by worker"))!;
    assert.ok(taken.timestamp_ms - ended < batch.leaseSeconds * 500, "the lease of 10 s was not waited for");
  });

  for (const how of ["crash", "kill"] as const) {
    test(`Postgres is ended by ${how} in the middle of a job and started again: the job goes on, requests in between are told 503`, async () => {
      const postgres = await sharedPostgres();
      gate.shut();
      const job = await start(numbers);
      await letThrough(job, 3);
      await postgres[how]();
      const answer = await service.send("GET", `/run/by-id/${job.job_id}`);
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("Retry-After"), "2");
      // A run ends while there is nowhere to write its result.
      gate.open();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await postgres.start();
      await checkComplete(job, 1);
    });
  }

  test("a machine that is cut off while another has its part writes nothing more: its results are refused", async () => {
    gate.shut();
    const job = await start([1, 2]);
    await waitFor("a run at the gate", () => gate.waiting > 0);
    // As the queue does when a lease is over.
    await service.context.database.query(
      "update fused.job_parts set fence = fence + 1, worker = 'another' where job_id = $1",
      [job.job_id],
    );
    await waitFor("no run at the gate", () => gate.waiting === 0);
    const { progress, status } = await waitForJob(service, job, () => true);
    assert.deepEqual([status, progress.done], ["running", 0]);
    await service.ask("POST", `/run/by-id/${job.job_id}/cancel`);
    gate.open();
  });
});
