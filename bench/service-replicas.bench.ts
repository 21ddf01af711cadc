import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch } from "undici";
import { postgresMissing, startPostgres } from "../test/service/postgres-server.ts";
import { startReplica } from "./service/replica.ts";

/**
 * What a second replica adds: requests a second of one replica and of two on the same Postgres, where UDFs wait for a slow
 * server. Rounds of one and of two in turn, so that a busy machine is busy for both; the figure is the median ratio.
 * `node --no-node-snapshot bench/service-replicas.bench.ts`
 */
const rounds = 5;
const roundSeconds = 4;
/** More than two replicas take at a time, so that none is idle. */
const clients = 12 * availableParallelism();
const slowMilliseconds = 300;
const leastRatio = 1.8;

if (postgresMissing) {
  console.log(`service-replicas: ${postgresMissing}`);
  process.exit(0);
}
const slow = createHttpServer((_request, response) => setTimeout(() => response.end("1"), slowMilliseconds));
await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
const host = `127.0.0.1:${(slow.address() as AddressInfo).port}`;
const postgres = await startPostgres();
const dataFolder = mkdtempSync(join(tmpdir(), "fused-bench-"));
const environment = {
  FUSED_DATABASE_URL: postgres.newDatabase(),
  FUSED_SERVICE_KEY: randomBytes(32).toString("hex"),
};
// Addresses of both stand for one service: the shared folder and the public address are the same.
const publicUrl = `http://127.0.0.1:${await freePort()}`;
const words = ["--data", dataFolder, "--public-url", publicUrl, "--allow-private", host];
const addresses: string[] = [];
const replicas = [await startAt(environment, words), await startAt(environment, words)];
const agent = new Agent({ connections: clients });

const headers = {
  Authorization: `Fused-Service-Token ${readFileSync(join(dataFolder, "token"), "utf8").trim()}`,
  "Content-Type": "application/json",
};
const post = async (path: string, body: object) =>
  (await (
    await fetch(`${addresses[0]}${path}`, { method: "POST", headers, body: JSON.stringify(body) })
  ).json()) as Record<string, string>;
const code = `export default async function udf(n: int = 0) {
  const answer = await fetch("http://${host}/");
  return Number(await answer.text()) + n;
}`;
const { id } = await post("/udf/new", { name: "waits", code });
const { token } = await post(`/udf/${id}/tokens`, { cache: false });

await load(addresses, 1);
const ratios: number[] = [];
for (let round = 0; round < rounds; round++) {
  const one = await load(addresses.slice(0, 1), roundSeconds);
  const two = await load(addresses, roundSeconds);
  ratios.push(two.rate / one.rate);
  console.log(
    `one replica ${one.rate.toFixed(0)}/s (p50 ${one.p50.toFixed(0)} ms, p99 ${one.p99.toFixed(0)} ms), ` +
      `two ${two.rate.toFixed(0)}/s (p50 ${two.p50.toFixed(0)} ms, p99 ${two.p99.toFixed(0)} ms): × ${(two.rate / one.rate).toFixed(2)}`,
  );
}
const ratio = ratios.toSorted((a, b) => a - b)[rounds >> 1]!;
console.log(`two replicas and one Postgres: × ${ratio.toFixed(2)} (at least × ${leastRatio})`);
if (ratio < leastRatio) process.exitCode = 1;

await agent.close();
await Promise.all(replicas.map((replica) => replica.close()));
await postgres.close();
slow.close();
rmSync(dataFolder, { recursive: true, force: true });

/** Asks as fast as answers come. */
async function load(bases: string[], seconds: number): Promise<{ rate: number; p50: number; p99: number }> {
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  let n = 0;
  const client = async (lane: number) => {
    while (performance.now() < until) {
      const began = performance.now();
      const address = `${bases[lane % bases.length]}/realtime-shared/${token}/run/file?n=${++n}&format=json`;
      const answer = await fetch(address, { dispatcher: agent });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
      times.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, (_, lane) => client(lane)));
  const rate = times.length / ((performance.now() - began) / 1000);
  times.sort((a, b) => a - b);
  return { rate, p50: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]! };
}

/** With a port that is known beforehand: the printed address is the public one. */
async function startAt(more: Record<string, string>, options: string[]) {
  const port = await freePort();
  addresses.push(`http://127.0.0.1:${port}/server/v1`);
  return startReplica(more, [...options, "--port", String(port)]);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
