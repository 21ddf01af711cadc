import { fork, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocalEngine } from "../engine/local-engine.ts";
import { readUdf } from "../service/udfs/read-udf.ts";
import type { LoadAsked, LoadResult } from "./service/load.ts";
import { startPeers } from "./service/peers.ts";

/**
 * The service under load from another process: `fused-kernel service` as it is built, over its embedded database.
 * FUSED_BENCH_SECONDS: length of each load (3); FUSED_BENCH_ROUNDS: rounds (3); FUSED_BENCH_REQUESTS: of the memory part (100000).
 */
const seconds = Number(process.env["FUSED_BENCH_SECONDS"] ?? 3);
const rounds = Number(process.env["FUSED_BENCH_ROUNDS"] ?? 3);
const requests = Number(process.env["FUSED_BENCH_REQUESTS"] ?? 100_000);
const connections = 32;

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fused-service-bench-"));
const trivial = "export default function udf(a: int = 1, b: int = 2) { return a + b; }";
const picture = `export default function udf(bounds: Bounds) {
  const data = new Uint8ClampedArray(4 * 256 * 256);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : (i >> 6) % 251;
  return { data, width: 256, height: 256 };
}`;

const service = spawn(
  process.execPath,
  [join(root, "dist", "cli.js"), "service", "--data", folder, "--port", "0", "--quiet"],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const url = await new Promise<string>((resolve, reject) => {
  let text = "";
  service.stdout.on("data", (chunk) => {
    const [, found] = /Service: (\S+)\n/.exec((text += String(chunk))) ?? [];
    if (found) resolve(found);
  });
  service.once("exit", () => reject(new Error(`the service ended: ${text}`)));
});
const load = fork(join(root, "bench", "service", "load.ts"));
const put = (asked: LoadAsked) =>
  new Promise<LoadResult>((resolve) => {
    load.once("message", resolve);
    load.send(asked);
  });

const token = readFileSync(join(folder, "token"), "utf8").trim();
async function share(name: string, code: string): Promise<string> {
  const ask = async (path: string, body: object) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()) as { id: string; token: string };
  };
  const { id } = await ask("/udf/new", { name, code });
  return `${url}/realtime-shared/${(await ask(`/udf/${id}/tokens`, {})).token}`;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const line = (what: string, value: string) => console.log(`${what.padEnd(66)} ${value}`);

const engine = await startLocalEngine();
try {
  const file = `${await share("trivial", trivial)}/run/file?a=4&cache=false`;
  const tile = `${await share("picture", picture)}/run/tiles/3/2/1.png`;
  const bytes = Buffer.from(await (await fetch(tile)).arrayBuffer());
  const peers = await startPeers(folder, bytes);
  const frame = readUdf({ name: "trivial", code: trivial }).frameBytes;
  const limits = {};
  const own = async () => {
    const times: number[] = [];
    for (const until = performance.now() + seconds * 500; performance.now() < until;) {
      const begun = performance.now();
      await engine.run({ frame, parameters: { a: 4 }, limits });
      times.push(performance.now() - begun);
    }
    return median(times);
  };
  // Warm: isolates, compiled code, connections.
  await own();
  await put({ url: file, connections, seconds: 2 });
  await put({ url: tile, connections, seconds: 1 });

  const found = new Map<string, number[]>();
  const note = (what: string, value: number) => found.set(what, [...(found.get(what) ?? []), value]);
  for (let round = 0; round < rounds; round++) {
    const engineMedian = await own();
    const alone = await put({ url: file, connections: 1, seconds: seconds / 2 });
    note("engine's own trivial run, median ms", engineMedian);
    note("trivial File endpoint, one after the other, median ms", alone.median);
    note("… more than the engine's own, ms", alone.median - engineMedian);
    const under = await put({ url: file, connections, seconds });
    note(`trivial File endpoint, ${connections} connections, requests/s`, under.perSecond);
    note("… p99 / median", under.p99 / under.median);
    const cached = await put({ url: tile, connections, seconds });
    note(`cached tile of ${bytes.length} bytes, ${connections} connections, requests/s`, cached.perSecond);
    note("… p99 / median (tile)", cached.p99 / cached.median);
    for (const peer of peers) {
      const theirs = await put({ url: peer.url, connections, seconds });
      note(`${peer.name}: requests/s`, theirs.perSecond);
      note(`… p99 / median (${peer.name})`, theirs.p99 / theirs.median);
      note(`… cached tile / ${peer.name}`, cached.perSecond / theirs.perSecond);
    }
    if (under.failed + cached.failed > 0) throw new Error("some requests were refused");
  }
  line("load average, cores shared with others", loadavg()[0]!.toFixed(1));
  for (const [what, values] of found) {
    const middle = median(values);
    line(what, middle >= 100 ? middle.toFixed(0) : middle.toFixed(2));
  }
  for (const peer of peers) peer.close();

  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, "utf8"))![1]) / 1024;
  const marks: number[] = [];
  for (let part = 0; part < 5; part++) {
    await put({ url: file, connections, seconds: 600, requests: requests / 10 });
    await put({ url: tile, connections, seconds: 600, requests: requests / 10 });
    marks.push(resident());
  }
  line(`resident memory after each fifth of ${requests} requests, MB`, marks.map((mark) => mark.toFixed(0)).join(" "));
  line("… last / first", (marks.at(-1)! / marks[0]!).toFixed(2));
} finally {
  load.kill();
  service.kill("SIGTERM");
  await engine.close();
  await new Promise((resolve) => (service.exitCode === null ? service.once("exit", resolve) : resolve(undefined)));
  rmSync(folder, { recursive: true, force: true });
}
