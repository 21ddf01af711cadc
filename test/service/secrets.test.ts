import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openKeys } from "../../service/keys.ts";
import { openSealed, seal, SealError } from "../../service/secrets/seal.ts";
import { serviceSettings } from "../../service/settings.ts";
import { resultsOf, startJob, waitForJob } from "./job-client.ts";
import { closeShared, databases, openTestService, sharedPostgres, type TestService } from "./open-service.ts";

after(closeShared);

for (const { database, skip } of databases) {
  describe(`secrets over ${database}`, { skip }, () => {
    let service: TestService;
    before(async () => {
      service = await openTestService({ database, team: true });
    });
    after(() => service.close());

    test("a secret is written, listed by name, read, changed and deleted; a team's by everybody in it", async () => {
      const put = (path: string, value: string) =>
        service.ask("PUT", `/secrets/self/${path}`, { as: "ada", body: { value } });
      await put("user/OWN", "mine");
      await put("team/SHARED", "ours");
      await put("team/SHARED", "ours again");
      const list = (as: "ada" | "tim" | "olga", scope: string) => service.ask("GET", `/secrets/self/${scope}`, { as });
      assert.deepEqual(await list("ada", "user"), ["OWN"]);
      assert.deepEqual(await list("tim", "user"), []);
      assert.deepEqual(await list("tim", "team"), ["SHARED"]);
      assert.deepEqual(await list("olga", "team"), []);
      assert.deepEqual(await service.ask("GET", "/secrets/self/team/SHARED", { as: "tim" }), {
        name: "SHARED",
        value: "ours again",
      });
      assert.equal((await service.send("GET", "/secrets/self/user/OWN", { as: "tim" })).status, 404);
      await service.ask("DELETE", "/secrets/self/user/OWN", { as: "ada" });
      assert.equal((await service.send("DELETE", "/secrets/self/user/OWN", { as: "ada" })).status, 404);
    });

    test("a value is in the database as ciphertext alone, and opens in no other row", async () => {
      const { database: tables, keys } = service.context;
      for (const name of ["FIRST", "SECOND"]) {
        await service.ask("PUT", `/secrets/self/user/${name}`, { as: "ada", body: { value: `plain text of ${name}` } });
      }
      const rows = await tables.query<{ sealed: Uint8Array }>("select sealed from fused.secrets");
      for (const { sealed } of rows) assert.ok(!Buffer.from(sealed).includes("plain text"));
      await tables.query(
        "update fused.secrets set sealed = (select sealed from fused.secrets where name = 'FIRST') where name = 'SECOND'",
      );
      const moved = await service.send("GET", "/secrets/self/user/SECOND", { as: "ada" });
      assert.equal(moved.status, 500);
      assert.doesNotMatch(await moved.text(), /plain text/);
      await service.ask("DELETE", "/secrets/self/user/SECOND", { as: "ada" });
      assert.throws(() => openSealed(keys, "place", seal(keys, "place", "x").fill(0, 20)), SealError);
    });

    test("names and values that are none are refused", async () => {
      for (const name of ["1st", "a b", "x/../y", "Ä", "a".repeat(201)]) {
        const path = `/secrets/self/user/${encodeURIComponent(name)}`;
        assert.equal((await service.send("PUT", path, { as: "ada", body: { value: "x" } })).status, 400, name);
      }
      const put = (options: object) => service.send("PUT", "/secrets/self/user/NAME", { as: "ada", ...options });
      assert.equal((await put({ body: { value: 1 } })).status, 400);
      assert.equal((await put({ body: { value: "x".repeat(70_000) } })).status, 413);
      assert.equal((await put({ body: new Uint8Array([0xff]) })).status, 400);
      assert.equal((await put({ body: "as text", headers: { "Content-Type": "text/plain" } })).status, 204);
      assert.equal((await service.send("GET", "/secrets/self/other", { as: "ada" })).status, 400);
    });

    test("a value is in no log, audit entry or file", async () => {
      const value = "needle-in-a-haystack";
      await service.ask("PUT", "/secrets/self/user/NEEDLE", { as: "ada", body: { value } });
      await service.ask("GET", "/secrets/self/user/NEEDLE", { as: "ada" });
      const tables = await service.context.database.query<{ name: string }>(
        "select table_name as name from information_schema.tables where table_schema = 'fused'",
      );
      for (const { name } of tables) {
        const rows = await service.context.database.query(`select t::text as row from fused.${name} t`);
        assert.ok(!JSON.stringify(rows).includes(value), name);
      }
      const files = readdirSync(service.dataFolder, { recursive: true, withFileTypes: true });
      for (const each of files.filter((file) => file.isFile())) {
        assert.ok(!readFileSync(join(each.parentPath, each.name)).includes(value), each.name);
      }
    });
  });
}

test("a new key opens what the one before has encrypted, and writes with its own", async () => {
  const [old, current] = [randomBytes(32), randomBytes(32)];
  const before = openKeys(serviceSettings({ masterKey: old }));
  const after = openKeys(serviceSettings({ masterKey: current, previousMasterKeys: [old] }));
  const without = openKeys(serviceSettings({ masterKey: current }));
  const sealed = seal(before, "place", "text");
  assert.equal(openSealed(after, "place", sealed), "text");
  assert.throws(() => openSealed(without, "place", sealed), /encrypted with another key/);
  assert.equal(openSealed(without, "place", seal(after, "place", "new")), "new");
});

test("the key's file is its owner's alone, and a secret outlives a start", async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), "fused-service-"));
  const first = await openTestService({ dataFolder });
  await first.ask("PUT", "/secrets/self/user/KEPT", { body: { value: "still here" } });
  await first.close();
  assert.equal(statSync(join(dataFolder, "key")).mode & 0o777, 0o600);
  const again = await openTestService({ dataFolder });
  const job = await startJob(again, "() => fused.secrets.KEPT", [{}]);
  await waitForJob(again, job);
  assert.equal((await resultsOf(again, job))[0]!.value, "still here");
  await again.close();
  rmSync(dataFolder, { recursive: true });
});

test("a team's UDF has no secrets of another team", { skip: databases[1]!.skip }, async () => {
  const service = await openTestService({ databaseUrl: (await sharedPostgres()).newDatabase(), team: true });
  await service.ask("PUT", "/secrets/self/team/TEAM_KEY", { as: "ada", body: { value: "of the analysts" } });
  for (const [as, expected] of [
    ["tim", "of the analysts"],
    ["olga", "none"],
  ] as const) {
    const own = {
      ask: <T>(method: string, path: string, options = {}) => service.ask<T>(method, path, { ...options, as }),
      send: (method: string, path: string, options = {}) => service.send(method, path, { ...options, as }),
    };
    const job = await startJob(
      own,
      "() => fused.secrets.has('TEAM_KEY') ? fused.secrets.TEAM_KEY : 'none'",
      [{}],
      {},
      as,
    );
    await waitForJob(own, job);
    assert.equal((await resultsOf(own, job))[0]!.value, expected);
  }
  await service.close();
});
