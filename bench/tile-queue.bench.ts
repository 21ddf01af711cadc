import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch } from "undici";
import { startReplica } from "./service/replica.ts";
import { simulateTiles, type Station, type TileWork } from "./service/tile-queue.ts";

/**
 * What a million tiles an hour costs (docs/scale.md): first the processor time that tiles of several kinds take of the thread that
 * speaks HTTP and of the engine, which a busy machine does not change much, then a simulation of the queues with these times.
 * `node --no-node-snapshot bench/tile-queue.bench.ts`; Linux, as it reads /proc.
 */
const measured = 300;
const slowMilliseconds = 80;
const tilesAnHour = 1_000_000;
/** Of the busiest minutes against the hour's mean. */
const peak = 3;
/** Tiles that a map asks for at once. */
const viewport = 12;
const simulated = 30_000;
/** An answer later than this is seen as a hole in the map, milliseconds. */
const goodP99 = 2000;
/** Of one replica. */
const cores = 2;

const slow = createServer((_request, response) => setTimeout(() => response.end("1"), slowMilliseconds));
await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
const host = `127.0.0.1:${(slow.address() as AddressInfo).port}`;

const drawing = `
  const data = new Float32Array(256 * 256);
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(tile.x + (i % 256) / 40) * Math.cos(tile.y + i / 256 / 40) * 127;
  return { data, width: 256, height: 256 };`;
const kinds: { name: string; ending: string; wait: number; code: string }[] = [
  {
    name: "vector tile, 200 points",
    ending: "mvt",
    wait: 0,
    code: `export default function udf(bounds: Bounds) {
  const [west, south, east, north] = bounds as unknown as number[];
  return {
    type: "FeatureCollection",
    features: Array.from({ length: 200 }, (_, i) => ({
      type: "Feature",
      properties: { i },
      geometry: {
        type: "Point",
        coordinates: [west + ((east - west) * ((i * 37) % 200)) / 200, south + ((north - south) * i) / 200],
      },
    })),
  };
}`,
  },
  {
    name: "picture, 256 × 256 numbers computed",
    ending: "png",
    wait: 0,
    code: `export default function udf(tile: TileXYZ) {${drawing}\n}`,
  },
  {
    name: `the same after ${slowMilliseconds} ms of waiting for data`,
    ending: "png",
    wait: slowMilliseconds,
    code: `export default async function udf(tile: TileXYZ) {\n  await (await fetch("http://${host}/")).text();${drawing}\n}`,
  },
];

const dataFolder = mkdtempSync(join(tmpdir(), "fused-bench-"));
const replica = await startReplica({}, ["--port", "0", "--data", dataFolder, "--allow-private", host]);
const agent = new Agent({ connections: 4 });
const headers = {
  Authorization: `Fused-Service-Token ${readFileSync(join(dataFolder, "token"), "utf8").trim()}`,
  "Content-Type": "application/json",
};

const works: { name: string; work: TileWork }[] = [];
for (const [i, { name, ending, wait, code }] of kinds.entries()) {
  const { id } = await post("/udf/new", { name: `tiles${i}`, code });
  const { token } = await post(`/udf/${id}/tokens`, {});
  const address = (n: number) =>
    `${replica.base}/realtime-shared/${token}/run/tiles/10/${300 + (n % 40)}/${300 + Math.floor(n / 40)}.${ending}`;
  await ask(Array.from({ length: 40 }, (_, n) => address(1000 + n)));
  const computed = await ask(Array.from({ length: measured }, (_, n) => address(n)));
  const kept = await ask(Array.from({ length: measured * 10 }, (_, n) => address(n % measured)));
  works.push({ name, work: { http: computed.http, compute: computed.engine, wait, hits: 0, hitHttp: kept.http } });
  console.log(
    `${name.padEnd(50)} HTTP ${computed.http.toFixed(2)} ms, engine ${computed.engine.toFixed(2)} ms a tile; kept: HTTP ${kept.http.toFixed(3)} ms`,
  );
}
await agent.close();
await replica.close();
slow.close();
rmSync(dataFolder, { recursive: true, force: true });

const mean = tilesAnHour / 3600;
console.log(
  `\n${tilesAnHour} tiles an hour: ${mean.toFixed(0)}/s, ${(mean * peak).toFixed(0)}/s in the busiest minutes, ${viewport} at once`,
);
for (const { name, work } of works) {
  for (const hits of [0, 0.8]) {
    const least = fewestReplicas({ ...work, hits });
    console.log(`\n${name}, ${hits * 100} % kept: ${least} replica${least === 1 ? "" : "s"} of ${cores} cores`);
    for (const replicas of new Set([least, least + 1])) report(replicas, { ...work, hits });
  }
}

/** The fewest replicas with which 99 of 100 tiles are there in time, in the busiest minutes. */
function fewestReplicas(work: TileWork): number {
  const missed = 1 - work.hits;
  const http = missed * work.http + work.hits * work.hitHttp;
  // Fewer could not even do the work.
  const busiest = Math.max(http, (missed * work.compute) / cores, (missed * (work.compute + work.wait)) / (4 * cores));
  for (let replicas = Math.max(1, Math.ceil((mean * peak * busiest) / 1000)); ; replicas++) {
    const { p99, isOverloaded } = simulate(replicas, work);
    if (!isOverloaded && p99 <= goodP99) return replicas;
  }
}

function simulate(replicas: number, work: TileWork) {
  const station: Station = { replicas, cores, slots: 4 * cores };
  return simulateTiles(station, work, { rate: mean * peak, batch: viewport }, simulated);
}

function report(replicas: number, work: TileWork): void {
  const { p50, p99, busy } = simulate(replicas, work);
  const part = (value: number) => `${(value * 100).toFixed(0)} %`;
  console.log(
    `  ${replicas}: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; busy: HTTP thread ${part(busy.http)}, cores ${part(busy.cores)}, slots ${part(busy.slots)}`,
  );
}

async function post(path: string, body: object): Promise<Record<string, string>> {
  const answer = await fetch(replica.base + path, { method: "POST", headers, body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, string>;
}

/** Asks one after the other; gives the processor time of a tile, milliseconds. */
async function ask(addresses: string[]): Promise<{ http: number; engine: number }> {
  const before = processorTimes();
  let next = 0;
  const lane = async () => {
    while (next < addresses.length) {
      const answer = await fetch(addresses[next++]!, { dispatcher: agent });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`${answer.status} for ${addresses[next - 1]}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  const after = processorTimes();
  return {
    http: (after.service - before.service) / addresses.length,
    engine: (after.engine - before.engine) / addresses.length,
  };
}

/** Of the service's process and of the engine host it has started, milliseconds. */
function processorTimes(): { service: number; engine: number } {
  const children = spawnSync("ps", ["--ppid", String(replica.pid), "-o", "pid="], { encoding: "utf8" }).stdout;
  const engine = children.trim().split(/\s+/).filter(Boolean).map(Number);
  return { service: processTime(replica.pid), engine: engine.reduce((sum, pid) => sum + processTime(pid), 0) };
}

/** User and system time of a process (proc(5), fields 14 and 15), of which there are 100 ticks a second. */
function processTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
