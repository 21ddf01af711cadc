import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import { startLocalEngine, type LocalEngine } from "../engine/client.ts";
import { encode } from "../fused/formats/index.ts";
import fused from "../fused/index.ts";
import { bounds } from "../fused/tiles/index.ts";
import { makeCog } from "../test/fixtures/make-cog.ts";

/**
 * The figures of the engine, each beside its limit, and beside a peer measured in the same run where there is one.
 * `node --no-node-snapshot bench/engine.bench.ts [NAME …]` runs those whose names contain a NAME.
 */
const figures: Record<string, () => Promise<void>> = {
  warm: warmRun,
  first: firstRun,
  many: manyRuns,
  cached: cachedHits,
  cores: twoCores,
  table: bigTable,
  tiles: hillshadeTiles,
};

const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!;
const milliseconds = (time: number) => `${time.toFixed(time < 10 ? 2 : 0)} ms`;

function report(name: string, value: string, ...rest: string[]): void {
  console.log([name.padEnd(44), value.padStart(12), ...rest].join("   "));
}

async function times(count: number, run: (i: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await run(i);
    taken.push(performance.now() - start);
  }
  return taken;
}

async function useEngine(cores: number): Promise<LocalEngine> {
  const engine = await startLocalEngine({ cores });
  fused.useEngine(async () => engine);
  return engine;
}

const fresh = { cache: false, verbose: false };

async function warmRun(): Promise<void> {
  const engine = await useEngine(2);
  const add = fused.udf("({ n }: { n: int }) => n + 1");
  const pool = new Piscina({
    filename: new URL("engine/trivial-worker.js", import.meta.url).href,
    maxThreads: 2,
    minThreads: 2,
  });
  const ours = (i: number) => add.run({ n: i }, fresh);
  const peers = (i: number) => pool.run({ n: i });
  await times(300, ours);
  await times(300, peers);
  const [own, peer] = [median(await times(1000, ours)), median(await times(1000, peers))];
  report(
    "warm run, trivial, median",
    milliseconds(own),
    "limit 1 ms",
    `piscina ${milliseconds(peer)}, ratio ${(own / peer).toFixed(1)}`,
  );
  await pool.destroy();
  await engine.close();
}

async function firstRun(): Promise<void> {
  const engine = await useEngine(2);
  await fused.udf("() => 0").run({}, fresh);
  const taken = await times(30, (i) => fused.udf(`({ n }: { n: int }) => n + ${i}`).run({ n: 1 }, fresh));
  report("first run after definition, median", milliseconds(median(taken)), "limit 15 ms");
  await engine.close();
}

async function manyRuns(): Promise<void> {
  const engine = await useEngine(2);
  const add = fused.udf("({ n }: { n: int }) => n + 1");
  await add
    .map(
      Array.from({ length: 500 }, (_none, n) => ({ n })),
      fresh,
    )
    .results();
  const start = performance.now();
  await add
    .map(
      Array.from({ length: 10_000 }, (_none, n) => ({ n })),
      { ...fresh, maxWorkers: 64 },
    )
    .results();
  const rate = 10_000 / ((performance.now() - start) / 1000);
  const pool = new Piscina({
    filename: new URL("engine/trivial-worker.js", import.meta.url).href,
    maxThreads: 2,
    minThreads: 2,
  });
  const begin = performance.now();
  await Promise.all(Array.from({ length: 10_000 }, (_none, n) => pool.run({ n })));
  const peer = 10_000 / ((performance.now() - begin) / 1000);
  report("10,000 trivial runs, two cores", `${rate.toFixed(0)} /s`, "limit 5000 /s", `piscina ${peer.toFixed(0)} /s`);
  await pool.destroy();
  await engine.close();
}

async function cachedHits(): Promise<void> {
  const engine = await useEngine(2);
  const add = fused.udf("({ n }: { n: int }) => n + 1", { name: `cached${Date.now()}` });
  const kept = { cacheMaxAge: "1h", verbose: false };
  await add.run({ n: 1 }, kept);
  const taken = await times(1000, () => add.run({ n: 1 }, kept));
  report("a cached hit, median of 1000", milliseconds(median(taken)), "limit 0.5 ms");
  await add.deleteCache();
  await engine.close();
}

async function twoCores(): Promise<void> {
  const source = "({ n }: { n: int }) => { let x = n; for (let i = 0; i < 3e8; i++) x = (x * 31 + i) | 0; return x }";
  const taken: number[] = [];
  for (const cores of [1, 2]) {
    const engine = await useEngine(cores);
    const spin = fused.udf(source);
    const inputs = Array.from({ length: 8 }, (_none, n) => ({ n }));
    // The first runs of a UDF move from fresh contexts to a kept one, and V8 compiles it anew: every isolate is to be past that.
    await spin.map(inputs, fresh).results();
    const start = performance.now();
    await spin.map(inputs, fresh).results();
    taken.push(performance.now() - start);
    await engine.close();
  }
  report("CPU-bound, two cores over one", `${(taken[0]! / taken[1]!).toFixed(2)} ×`, "limit 1.85 ×");
}

async function bigTable(): Promise<void> {
  const engine = await useEngine(1);
  const give = fused.udf(`async ({ n }: { n: int }) => {
    const { tableFromArrays } = await import("apache-arrow");
    const values = new Float64Array(n).map((_, i) => i);
    return tableFromArrays({ values });
  }`);
  const taken: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const { times: spent } = await fused.run.response(give, { n: 12_500_000 }, { ...fresh, memory: 2048 });
    taken.push(performance.now() - start - spent!.run - spent!.prepare);
  }
  const { tableFromArrays, tableToIPC } = await import("apache-arrow");
  const table = tableFromArrays({ values: new Float64Array(12_500_000).map((_none, i) => i) });
  const bytes = new Uint8Array(100_000_000).fill(1);
  const floor = median(
    await times(5, async () => {
      tableToIPC(table);
      bytes.slice();
    }),
  );
  const own = median(taken);
  report(
    "100 MB Arrow table back, without its making",
    milliseconds(own),
    "limit 350 ms",
    `copy + IPC ${milliseconds(floor)}, ratio ${(own / floor).toFixed(2)}`,
  );
  await engine.close();
}

/** Light from the north-west; cells are about 20 m apart. */
const hillshade = `async ({ source, x, y, z }) => {
  const { data, width: w } = await fused.readRaster(source, { tile: { x, y, z }, margin: 1, resampling: "bilinear" });
  const shade = new Float32Array(256 * 256);
  for (let row = 0, at = 0; row < 256; row++) {
    for (let column = 0; column < 256; column++, at++) {
      const i = (row + 1) * w + column + 1;
      const dx = (data[i + 1] - data[i - 1]) / 40;
      const dy = (data[i + w] - data[i - w]) / 40;
      shade[at] = (1 + dx * 0.5 - dy * 0.5) / (Math.sqrt(1 + dx * dx + dy * dy) * 1.5);
    }
  }
  return { data: shade, width: 256, height: 256 };
}`;

async function hillshadeTiles(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fused-bench-"));
  const path = join(folder, "dem.tif");
  writeFileSync(path, makeCog({ size: 4096 }));
  const tiles: { x: number; y: number; z: number }[] = [];
  for (let x = 2128; x < 2133; x++) for (let y = 1447; y < 1455; y++) tiles.push({ x, y, z: 12 });
  const inside = tiles.filter((tile) => {
    const [west, south, east, north] = bounds(tile);
    return west! >= 7 && south! >= 46 && east! <= 8 && north! <= 47;
  });
  const all = Array.from({ length: 300 }, (_none, i) => inside[i % inside.length]!);
  const engine = await useEngine(1);
  const shade = fused.udf(hillshade);
  const one = async (tile: (typeof all)[number]) =>
    encode(await shade.run({ source: path, ...tile }, { ...fresh, files: [folder] }), "png");
  for (const tile of all.slice(0, 40)) await one(tile);
  const cpu = () => cpuSeconds(process.pid) + cpuSeconds(engine.pid!);
  const [start, used] = [performance.now(), cpu()];
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (next < all.length) await one(all[next++]!);
    }),
  );
  const rate = all.length / ((performance.now() - start) / 1000);
  const perCore = all.length / (cpu() - used);
  report(
    "hillshade tiles from a COG, PNG, one engine core",
    `${rate.toFixed(0)} /s`,
    "limit 150 /s",
    `${perCore.toFixed(0)} per CPU second, all processes`,
    peerTiles(path, all),
  );
  await engine.close();
  rmSync(folder, { recursive: true });
}

/** CPU time of a process so far, all its threads. Linux only. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peerTiles(path: string, tiles: { x: number; y: number; z: number }[]): string {
  const script = new URL("engine/hillshade.py", import.meta.url).pathname;
  const list = JSON.stringify(tiles.map(({ x, y, z }) => [x, y, z]));
  try {
    const printed = execFileSync("/usr/bin/python3", [script, path, list], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { seconds, cpu } = JSON.parse(printed) as { seconds: number; cpu: number };
    return `rasterio + Pillow ${(tiles.length / seconds).toFixed(0)} /s, ${(tiles.length / cpu).toFixed(0)} per CPU second`;
  } catch {
    return "rasterio + Pillow: not here (Debian: python3-rasterio python3-pil)";
  }
}

const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(figures)) {
  if (wanted.length === 0 || wanted.some((each) => name.includes(each))) await measure();
}
