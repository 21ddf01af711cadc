import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { openTestKernel } from "./talk.ts";

const onLinux = process.platform === "linux" ? {} : { skip: "needs /proc (Linux)" };

/** Resident memory of a process, MB. */
const memory = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

/** Processes whose command line has this word in it and whose parent is `parent`. */
function children(parent: number, word: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const of = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return pid > 0 && of === parent && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
      } catch {
        return false;
      }
    });
}

test("a cell that prints 100 MB: nothing is lost, and the kernel's memory stays within bounds", onLinux, async () => {
  const { run, client, heard } = await openTestKernel();
  const before = memory(client.process.pid);
  const { status } = await run(
    "const mb = ('x'.repeat(99) + '\\n').repeat(10_486); for (let i = 0; i < 100; i++) process.stdout.write(mb)",
  );
  assert.equal(status, "ok");
  const printed = heard
    .filter(({ header }) => header.msg_type === "stream")
    .reduce((sum, { content }) => sum + String(content.text).length, 0);
  assert.equal(printed, 100 * 100 * 10_486);
  heard.length = 0;
  assert.ok(memory(client.process.pid) < before + 400, `${before} MB before, ${memory(client.process.pid)} MB after`);
  assert.equal((await run("1 + 1")).result, "2");
});

test("5,000 queued cells run in order", async () => {
  const { client, heard } = await openTestKernel();
  await client.execute("globalThis.order = []");
  await Promise.all(Array.from({ length: 5000 }, (_, i) => client.execute(`order.push(${i})`)));
  heard.length = 0;
  await client.execute("order.every((n, i) => n === i) && order.length");
  const result = heard.find(({ header }) => header.msg_type === "execute_result");
  assert.deepEqual(result?.content.data, { "text/plain": "5000" });
});

test("a killed engine host is replaced: the next run works", onLinux, async () => {
  const { run, client } = await openTestKernel();
  assert.equal((await run("const twice = fused.udf((n: int) => n * 2); await twice({ n: 2 })")).result, "4");
  const [host] = [...children(client.process.pid, "engine-host"), ...children(client.process.pid, "engine/host")];
  process.kill(host!, "SIGKILL");
  await new Promise((go) => setTimeout(go, 300));
  assert.equal((await run("await twice({ n: 4 })")).result, "8");
});

test("a full disk under the history file costs the history, not the kernel", onLinux, async () => {
  const { run } = await openTestKernel({ env: { FUSED_HISTORY_FILE: "/dev/full" } });
  for (let i = 0; i < 3; i++) assert.equal((await run(`${i}`)).result, String(i));
});

test("import.meta names the notebook where Jupyter tells it", async () => {
  const { run, cwd } = await openTestKernel({ env: { JPY_SESSION_NAME: "work/quakes.ipynb" } });
  assert.equal((await run("import.meta.filename")).result, `'${cwd}/quakes.ts'`);
});
