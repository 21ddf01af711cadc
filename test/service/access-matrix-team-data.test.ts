import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JobView } from "../../service/jobs/jobs-table.ts";
import { checkStatuses, type Statuses } from "./check-statuses.ts";
import { frameOf, startJob, waitForJob } from "./job-client.ts";
import { closeShared, databases, openTestService, type Person, type TestService } from "./open-service.ts";

/** Check 3 for jobs, logs, files, secrets and the audit log: see access-matrix.test.ts, whose other half this is. */
after(closeShared);

interface Objects {
  /** Ada's, over. */
  job: JobView;
  /** Ada's, never to be worked. */
  queued: JobView;
  upload: string;
}

type Operation = [
  title: string,
  method: string,
  path: (objects: Objects) => string,
  statuses: Statuses,
  options?: { body?: unknown; headers?: Record<string, string> },
];

const part = { body: "x", headers: { "Content-Range": "bytes 0-0/2" } };

const operations: Operation[] = [
  ["start a job", "POST", () => "/run", [201, 201, 201, 401], { body: { udf: frameOf("() => 1") } }],
  ["a job", "GET", (o) => `/run/by-id/${o.job.job_id}`, [200, 404, 404, 401]],
  ["its results", "GET", (o) => `/run/by-id/${o.job.job_id}/results`, [200, 404, 404, 401]],
  ["its log", "GET", (o) => `/logs/${o.job.job_id}`, [200, 404, 404, 401]],
  ["the end of its log", "GET", (o) => `/logs/${o.job.job_id}/tail`, [200, 404, 404, 401]],
  ["cancel a job", "POST", (o) => `/run/by-id/${o.queued.job_id}/cancel`, [200, 404, 404, 401]],
  ["one's jobs", "GET", () => "/job/self", [200, 200, 200, 401]],

  ["list files", "GET", () => "/files/list?path=fd://", [200, 200, 200, 401]],
  ["details of files", "GET", () => "/files/list-details?path=fd://", [200, 200, 200, 401]],
  ["get a file", "GET", () => "/files/get?path=fd://ada.txt", [307, 307, 404, 401]],
  ["sign a file", "GET", () => "/files/sign?path=fd://ada.txt", [200, 200, 200, 401]],
  ["sign a folder", "GET", () => "/files/sign-prefix?path=fd://", [200, 200, 200, 401]],
  ["put a file", "PUT", () => "/files/upload?path=fd://new.txt", [200, 200, 200, 401], { body: "x" }],
  ["begin an upload", "POST", () => "/files/upload/start", [200, 200, 200, 401], { body: { path: "fd://n", size: 1 } }],
  ["go on with an upload", "PUT", (o) => `/files/upload?path=fd://u&upload_id=${o.upload}`, [200, 404, 404, 401], part],
  ["state of an upload", "GET", (o) => `/files/upload/${o.upload}`, [200, 404, 404, 401]],
  ["a file without a signature", "GET", () => "/files/signed/0/ada.txt?sig=x&expires=9999999999", [403, 403, 403, 403]],
  ["files of runs without a signature", "GET", () => "/files/run/0/9999999999/x/ada.txt", [403, 403, 403, 403]],

  ["names of own secrets", "GET", () => "/secrets/self/user", [200, 200, 200, 401]],
  ["names of the team's secrets", "GET", () => "/secrets/self/team", [200, 200, 200, 401]],
  ["an own secret", "GET", () => "/secrets/self/user/OWN", [200, 404, 404, 401]],
  ["a secret of the team", "GET", () => "/secrets/self/team/SHARED", [200, 200, 404, 401]],
  ["write an own secret", "PUT", () => "/secrets/self/user/NEW", [204, 204, 204, 401], { body: { value: "x" } }],
  ["delete an own secret", "DELETE", () => "/secrets/self/user/OWN", [204, 404, 404, 401]],

  ["the audit log", "GET", () => "/audit", [200, 403, 403, 401]],
  ["delete a file", "DELETE", () => "/files/delete?path=fd://ada.txt", [200, 200, 200, 401]],
];

for (const { database, skip } of databases) {
  describe(`who may do what with jobs, files and secrets, over ${database}`, { skip }, () => {
    let service: TestService;
    let objects: Objects;
    before(async () => {
      service = await openTestService({ database, team: true, admins: ["ada@example.com"] });
      objects = await makeObjects(service);
    });
    after(() => service.close());

    for (const [title, method, path, statuses, options] of operations) {
      test(`${title}: ${statuses.join(", ")}`, async () => {
        for (const { as, text } of await checkStatuses(service, statuses, method, path(objects), options)) {
          // Lists of others' things are their own lists.
          if (as === "olga") assert.doesNotMatch(text, /of Ada's|SHARED|ada@/);
        }
      });
    }

    test("a signed address of one team opens no file of another's of the same name", async () => {
      await service.ask("PUT", "/files/upload?path=fd://same.txt", { as: "ada", body: "of Ada's team" });
      await service.ask("PUT", "/files/upload?path=fd://same.txt", { as: "olga", body: "Olga's" });
      const sign = (as: Person) => service.ask<{ url: string }>("GET", "/files/sign?path=fd://same.txt", { as });
      const [{ url: hers }, { url: theirs }] = [await sign("olga"), await sign("ada")];
      assert.equal(await (await fetch(hers)).text(), "Olga's");
      const teamOf = (url: string) => /signed\/([^/]+)/.exec(url)![1]!;
      const mixed = await fetch(hers.replace(teamOf(hers), teamOf(theirs)));
      assert.equal(mixed.status, 403);
    });

    test("SQL in every place that takes a text is a text", async () => {
      const sql = "'; drop schema fused cascade; --";
      const text = encodeURIComponent(sql);
      const requests: [string, string, unknown?][] = [
        ["GET", `/run/by-id/${text}`],
        ["GET", `/logs/${text}?after=${text}`],
        ["GET", `/job/self?n=${text}`],
        ["GET", `/files/list?path=${text}`],
        ["GET", `/files/upload/${text}`],
        ["PUT", `/secrets/self/user/${text}`, { value: sql }],
        ["GET", `/audit?before=${text}`],
        ["POST", "/run", { udf: { id: sql } }],
        ["POST", "/run", { udf: { name: sql, email: sql } }],
        ["POST", "/run", { udf: frameOf("() => 1"), instance_type: sql }],
      ];
      for (const [method, path, body] of requests) {
        const { status } = await service.send(method, path, { as: "ada", body });
        assert.ok(status < 500, `${method} ${path}: ${status}`);
      }
      await service.ask("PUT", "/secrets/self/user/SQL", { as: "ada", body: { value: sql } });
      assert.deepEqual(await service.ask("GET", "/secrets/self/user/SQL", { as: "ada" }), { name: "SQL", value: sql });
    });
  });
}

async function makeObjects(service: TestService): Promise<Objects> {
  const as = "ada";
  const own = {
    ask: <T>(method: string, path: string, options = {}) => service.ask<T>(method, path, { ...options, as }),
    send: (method: string, path: string, options = {}) => service.send(method, path, { ...options, as }),
  };
  const job = await startJob(own, "() => console.log('of Ada\\'s')", [{}]);
  await waitForJob(own, job);
  await own.ask("PUT", "/files/upload?path=fd://ada.txt", { body: "of Ada's" });
  await own.ask("PUT", "/secrets/self/user/OWN", { body: { value: "of Ada's" } });
  await own.ask("PUT", "/secrets/self/team/SHARED", { body: { value: "of Ada's" } });
  const { upload_id } = await own.ask<{ upload_id: string }>("POST", "/files/upload/start", {
    body: { path: "fd://u", size: 2 },
  });
  return { job, queued: await startJob(own, "() => 1", [{}]), upload: upload_id };
}
