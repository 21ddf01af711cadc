import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { serviceSettings } from "../../service/settings.ts";
import { startService } from "../../service/start-service.ts";
import { closeShared, databases, openTestService, sharedPostgres } from "./open-service.ts";

after(closeShared);

for (const { database, skip } of databases) {
  describe(`a service over ${database}`, { skip }, () => {
    test("starts, is healthy, knows its owner by the token in its folder, and starts again with the same state", async () => {
      const dataFolder = mkdtempSync(join(tmpdir(), "fused-service-"));
      const databaseUrl = database === "postgres" ? (await sharedPostgres()).newDatabase() : undefined;
      const service = await openTestService({ dataFolder, databaseUrl });
      const health = await service.send("GET", `${service.url}/healthz`, { as: null });
      assert.deepEqual(await health.json(), { status: "ok", database });
      const start = await (await service.send("GET", `${service.url}/`, { as: null })).text();
      assert.ok(start.includes(`fused.options.baseUrl = "${service.url}/server/v1"`), start);
      assert.equal(readFileSync(join(dataFolder, "token"), "utf8").trim(), service.token);
      assert.equal(statSync(join(dataFolder, "token")).mode & 0o777, 0o600);
      assert.equal(service.isNewToken, true);
      const self = await service.ask("GET", "/user/self");
      assert.match(self["id"] as string, /^[\da-f-]{36}$/);
      await service.close();

      const again = await openTestService({ dataFolder, databaseUrl });
      assert.equal(again.isNewToken, false);
      assert.equal(again.token, service.token);
      assert.deepEqual(await again.ask("GET", "/user/self"), self);
      const refused = await again.send("GET", "/user/self", { as: null });
      assert.equal(refused.status, 401);
      const { error } = (await refused.json()) as { error: { type: string; request_id: string } };
      assert.equal(error.type, "AuthError");
      assert.equal(error.request_id, refused.headers.get("X-Fused-Request-Id"));
      await again.close();

      rmSync(join(dataFolder, "token"));
      const withdrawn = await openTestService({ dataFolder, databaseUrl });
      const [before, now] = await Promise.all(
        [service.token, withdrawn.token].map((token) =>
          withdrawn.send("GET", "/user/self", { as: null, headers: { Authorization: `Fused-Service-Token ${token}` } }),
        ),
      );
      assert.deepEqual([before!.status, now!.status], [401, 200], "a token that was removed lets nobody in any more");
      await withdrawn.close();
      rmSync(dataFolder, { recursive: true });
    });
  });
}

test("a folder that a living service has is not opened a second time", async () => {
  const service = await openTestService();
  await assert.rejects(
    startService(serviceSettings({ port: 0, dataFolder: service.dataFolder })),
    /is in use by another service \(process \d+\)/,
  );
  await service.close();
});
