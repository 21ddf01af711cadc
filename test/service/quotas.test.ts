import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openGate } from "../fixtures/gate.ts";
import { closeShared, databases, openTestService } from "./open-service.ts";
import { waitFor } from "../wait-for.ts";

after(closeShared);

describe("quotas", () => {
  test("a team that asks too often is told when to come back, and another is not held up", async () => {
    const service = await openTestService({
      team: true,
      quotas: { requestsPerMinute: 60, concurrentRuns: 0, storedBytes: 0 },
    });
    const statuses: number[] = [];
    let refused: Response | undefined;
    for (let i = 0; i < 30 && !refused; i++) {
      const answer = await service.send("GET", "/job/self", { as: i % 2 ? "ada" : "tim" });
      statuses.push(answer.status);
      if (answer.status === 429) refused = answer;
    }
    assert.ok(statuses.length >= 10, "a burst of ten seconds' requests is let through");
    assert.ok(Number(refused!.headers.get("Retry-After")) >= 1);
    const { error } = (await refused!.json()) as { error: { type: string; message: string } };
    assert.equal(error.type, "QuotaError");
    assert.match(error.message, /60 requests a minute/);
    assert.equal((await service.send("GET", "/job/self", { as: "olga" })).status, 200);
    const isLetThrough = async () => (await service.send("GET", "/job/self", { as: "ada" })).status !== 429;
    await waitFor("the next minute's requests", isLetThrough, { every: 200 });
    await service.close();
  });

  test("a team has so many runs at a time, and its next when one is over", async () => {
    const gate = await openGate({ isOpen: false });
    const service = await openTestService({
      quotas: { requestsPerMinute: 0, concurrentRuns: 2, storedBytes: 0 },
      allowPrivate: [gate.host],
    });
    const code = `export default async function udf() { await fetch("http://${gate.host}/"); return 1; }`;
    const run = () =>
      service.send("POST", "/realtime/basic-tier/api/v1/run/udf", { body: { code, name: "udf", cache: false } });
    const held = [run(), run()];
    await waitFor("two runs", () => gate.waiting === 2);
    const third = await run();
    assert.equal(third.status, 429);
    assert.equal(third.headers.get("Retry-After"), "1");
    gate.open();
    assert.deepEqual(
      (await Promise.all(held)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await run()).status, 200);
    await service.close();
    await gate.close();
  });
});

for (const { database, skip } of databases) {
  test(
    `the audit log over ${database} names who did what to which object, newest first, a page at a time`,
    { skip },
    async () => {
      const service = await openTestService({ database, team: true, admins: ["ada@example.com"] });
      for (const name of ["A", "B", "C"]) {
        await service.ask("PUT", `/secrets/self/team/${name}`, { as: "tim", body: { value: "v" } });
      }
      await service.send("GET", "/audit", { as: "tim" });
      interface Entry {
        id: number;
        user: string;
        action: string;
        object: string;
        outcome: string;
        detail: { request: string };
      }
      const read = async (query = "") =>
        (await service.ask<{ entries: Entry[] }>("GET", `/audit${query}`, { as: "ada" })).entries;
      await waitFor("four entries", async () => (await read()).length >= 4, { every: 50 });
      const entries = await read();
      assert.deepEqual(
        entries.map(({ user, action, object, outcome }) => [user, action, object, outcome]),
        [
          ["tim@example.com", "audit.read", "audit", "refused"],
          ["tim@example.com", "secret.write", "secret/team/C", "ok"],
          ["tim@example.com", "secret.write", "secret/team/B", "ok"],
          ["tim@example.com", "secret.write", "secret/team/A", "ok"],
        ],
      );
      assert.match(entries[1]!.detail.request, /^[\da-f-]{36}$/);
      assert.deepEqual(await read("?n=2"), entries.slice(0, 2));
      assert.deepEqual(await read(`?n=2&before=${entries[1]!.id}`), entries.slice(2, 4));
      await service.close();
    },
  );
}
