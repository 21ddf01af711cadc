import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ContentsManager, KernelManager, ServerConnection, SessionManager } from "@jupyterlab/services";
import type { Kernel } from "@jupyterlab/services";
import { WebSocket } from "ws";
import { labEnvironment } from "../bin/lab-environment.js";
import { KernelClient } from "../cli/kernel-client.ts";
import { ownLaunch } from "../kernelspec/kernel-process.ts";
import { packageRoot } from "../kernelspec/package-root.ts";

/**
 * The server of the lab: what it adds to a cell's round trip, with JupyterLab's own client, and the memory that it takes
 * over a time of mixed use (FUSED_BENCH_MINUTES, default 2), a turn every five seconds: cells from two pages, floods,
 * charts, a comm that carries 1 MB each way, notebooks of 5 and 50 MB saved, kept as a checkpoint and opened, folders,
 * pages and settings, lost sockets, kernels that are started, restarted and ended.
 */
const minutes = Number(process.env.FUSED_BENCH_MINUTES ?? 2);
const cells = 300;
const token = "a-token-for-measuring";
const folder = mkdtempSync(join(tmpdir(), "fused-bench-lab-"));
const cli = join(packageRoot, "bin", "fused-kernel.js");
const child = spawn(process.execPath, [cli, "lab", folder, "--no-browser", "--port", "0", "--token", token], {
  env: {
    ...labEnvironment,
    ...process.env,
    FUSED_LAB_STATE_DIRECTORY: join(folder, ".state"),
    FUSED_CACHE_DIRECTORY: join(folder, ".cache"),
  },
  stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise<string>((resolve) => {
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    const link = /^Lab: (\S+)$/m.exec(printed)?.[1];
    if (link) resolve(new URL(link).origin);
  });
});
const memory = (): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]) / 1024;
const log = console.warn;
console.warn = console.debug = () => undefined;

function openClient() {
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: url,
    wsUrl: url.replace("http", "ws"),
    token,
    appendToken: true,
    WebSocket: WebSocket as never,
  });
  const kernels = new KernelManager({ serverSettings });
  return {
    kernels,
    sessions: new SessionManager({ serverSettings, kernelManager: kernels }),
    contents: new ContentsManager({ serverSettings }),
  };
}

const client = openClient();
const start = async (path: string): Promise<Kernel.IKernelConnection> => {
  const session = await client.sessions.startNew({ path, name: path, type: "notebook", kernel: { name: "fused-ts" } });
  await session.kernel!.info;
  return session.kernel!;
};

const idleMemory = memory();
const through = await start("a.ipynb");
const straight = await KernelClient.start(ownLaunch(folder));
/** Milliseconds from the request to the reply. */
const timeThrough = async (): Promise<number> => {
  const began = performance.now();
  const future = through.requestExecute({ code: "1 + 1" });
  await new Promise<void>((go) => (future.onReply = () => go()));
  const took = performance.now() - began;
  await future.done;
  return took;
};
const timeStraight = async (): Promise<number> => {
  const began = performance.now();
  let took = 0;
  const done = straight.execute("1 + 1");
  await done.then(() => (took = performance.now() - began));
  return took;
};
const times = { through: [] as number[], straight: [] as number[] };
for (let i = 0; i < 30; i++) {
  await timeThrough();
  await timeStraight();
}
for (let i = 0; i < cells; i++) {
  times.straight.push(await timeStraight());
  times.through.push(await timeThrough());
}
await straight.shutdown();

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const added = times.through.map((time, i) => time - times.straight[i]!);

let most = 0;
/** Between two requests, since the last report. */
let least = Infinity;
const watch = setInterval(() => {
  const now = memory();
  [most, least] = [Math.max(most, now), Math.min(least, now)];
}, 100);
const other = openClient();
const second = other.kernels.connectTo({ model: through.model, handleComms: false });
/** A machine that stands still for minutes loses sockets, and what was on its way in them. */
const patience = 60_000;
let lost = 0;
const run = async (kernel: Kernel.IKernelConnection, code: string) => {
  const done = kernel.requestExecute({ code }).done.then(() => true);
  if (!(await Promise.race([done, sleep(patience, false)]))) lost++;
};
const image = "A".repeat(1e6);
const notebook = (megabytes: number) => ({
  cells: Array.from({ length: megabytes }, (_, i) => ({
    ...{ cell_type: "code", execution_count: i, id: `c${i}`, metadata: { trusted: true }, source: "show()" },
    outputs: [{ output_type: "display_data", data: { "image/png": image }, metadata: {} }],
  })),
  ...{ metadata: {}, nbformat: 4, nbformat_minor: 5 },
});
const saveAndOpen = async (path: string, megabytes: number) => {
  await client.contents.save(path, { type: "notebook", format: "json", content: notebook(megabytes) });
  await client.contents.get(path, { content: true, hash: true });
};
const comm = async () => {
  const opened = Promise.withResolvers<Kernel.IComm>();
  through.registerCommTarget("measured", (line) => opened.resolve(line));
  await run(
    through,
    `{ const line = jupyter.openComm("measured");
       line.onMessage(({ buffers }) => line.send({}, { buffers })); }`,
  );
  const line = await opened.promise;
  for (let i = 0; i < 3; i++) {
    const answer = Promise.withResolvers<unknown>();
    line.onMsg = answer.resolve;
    line.send({ i }, {}, [new ArrayBuffer(1e6)]);
    await answer.promise;
  }
  line.dispose();
};
/** A page that is loaded, with the scripts that it names. */
const headers = { Authorization: `token ${token}` };
const read = async (path: string) => (await fetch(`${url}${path}`, { headers })).text();
const openPage = async () => {
  const page = await read("/doc/tree/five.ipynb");
  const files = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, path]) => path!);
  await Promise.all([...files, "/lab/api/settings", "/api/kernelspecs"].map(read));
};
const endOthers = async () => {
  await client.sessions.refreshRunning();
  for (const { id, path } of client.sessions.running()) {
    if (path !== "a.ipynb") await client.sessions.shutdown(id);
  }
};

const began = performance.now();
const turnTakes = 5000;
let turns = 0;
let largest = 0;
let reported = began;
for (; performance.now() < began + minutes * 60_000; turns++) {
  for (let i = 0; i < 40; i++) await run(i % 2 ? through : second, `"turn " + ${i}`);
  await run(through, "for (let i = 0; i < 20000; i++) console.log(i)");
  await run(through, "({ data: [{ type: 'histogram', x: Array.from({ length: 1000 }, Math.random) }], layout: {} })");
  await comm();
  await saveAndOpen("five.ipynb", 5);
  await client.contents.createCheckpoint("five.ipynb");
  await client.contents.get("");
  if (turns % 5 === 0) await openPage();
  if (turns % 8 === 0) {
    const busy = run(
      through,
      "for (let i = 0; i < 20; i++) { console.log(i); await new Promise((go) => setTimeout(go, 20)); }",
    );
    await through.reconnect();
    await busy;
  }
  if (turns % 20 === 0) {
    await saveAndOpen("fifty.ipynb", 50);
    largest++;
  }
  if (turns % 10 === 0) {
    await endOthers();
    await run(await start(`n${turns}.ipynb`), "1");
  }
  if (turns % 50 === 49) {
    await through.restart();
    await run(through, "1");
  }
  if (performance.now() > reported + 5 * 60_000) {
    reported = performance.now();
    log(`${Math.round((reported - began) / 60_000)} min: ${least.toFixed(0)} MB between requests, ${turns} turns`);
    least = Infinity;
  }
  await sleep(Math.max(0, began + (turns + 1) * turnTakes - performance.now()));
}
clearInterval(watch);
await sleep(3000);
const after = memory();
const number = (value: number) => value.toFixed(value < 10 ? 2 : 0);
log(`
${cells} cells each way, medians; ${minutes} minutes of mixed use: ${turns} turns, ${largest} of them with 50 MB, ${lost} cells without an answer; load ${loadavg()[0]!.toFixed(1)}

| figure | value | bound |
|---|---:|---:|
| \`1 + 1\` straight to the kernel, request to outputs, ms | ${number(median(times.straight))} | |
| the same through the server, request to reply, ms | ${number(median(times.through))} | |
| what the server adds, median of the differences, ms | ${number(median(added))} | 2 |
| server before the first kernel, resident, MB | ${number(idleMemory)} | |
| … at its most while it was used, MB | ${number(most)} | |
| … 3 s after that, MB | ${number(after)} | 150 |
`);
await client.sessions.shutdownAll();
child.kill("SIGTERM");
await new Promise((go) => child.once("exit", go));
rmSync(folder, { recursive: true, force: true });
process.exit(0);
