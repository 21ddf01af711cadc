import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { encodeFrame } from "../../engine/frame.ts";
import { startLocalEngine } from "../../engine/local-engine.ts";
import { stateFromSource } from "../../fused/udf-define.ts";
import { openGate } from "../fixtures/gate.ts";
import { waitFor } from "../wait-for.ts";
import { jobOf, startJob } from "./job-client.ts";
import { closeShared, databases, openTestService } from "./open-service.ts";
import { serviceSettings } from "../../service/settings.ts";

after(closeShared);

test("runs of several lines take turns in the engine, however long one of the lines is", async () => {
  const engine = await startLocalEngine({ cores: 1 });
  const source = "(ms: number) => { const end = Date.now() + ms; while (Date.now() < end); return ms; }";
  const frame = encodeFrame(stateFromSource(source).frame);
  const ended: string[] = [];
  const run = async (line: string) => {
    await engine.run({ frame, parameters: { ms: 30 }, line });
    ended.push(line);
  };
  await run("warm");
  const long = Array.from({ length: 20 }, () => run("long"));
  const short = [run("short"), run("short")];
  await Promise.all([...long, ...short]);
  assert.ok(ended.lastIndexOf("short") < 12, ended.join());
  await engine.close();
});

for (const { database, skip } of databases) {
  describe(`batch jobs over ${database}`, { skip }, () => {
    test("a team that has nothing under way goes before the rest of another team's jobs", async () => {
      const gate = await openGate({ isOpen: false });
      const batch = { ...serviceSettings().batch, partsAtOnce: 1, sizes: ["small" as const] };
      const service = await openTestService({ database, team: true, allowPrivate: [gate.host], batch });
      const source = `async (who: string) => { await fetch("http://${gate.host}/" + who); return who; }`;
      const long = [];
      for (let i = 0; i < 4; i++) long.push(await startJob(service, source, [`ada${i}`], {}, "ada"));
      await waitFor("the first job", () => gate.waiting === 1);
      const short = await startJob(service, source, ["olga"], {}, "olga");
      gate.pass(1);
      await waitFor("the second job", () => gate.counts.size === 2);
      assert.ok(gate.counts.has("/olga"), [...gate.counts.keys()].join());
      gate.open();
      await Promise.all(
        long.map((job) =>
          waitFor("the rest", async () => (await jobOf(service, job, "ada")).status === "finished", { every: 100 }),
        ),
      );
      await waitFor("her job", async () => (await jobOf(service, short, "olga")).status === "finished", { every: 100 });
      await service.close();
      await gate.close();
    });
  });
}
