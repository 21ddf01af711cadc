import { appendFileSync } from "node:fs";
import { cache } from "../../fused/cache/index.ts";

/**
 * Asks for the same keys over and over until a time, as fast as it can: `node cache-hammer.ts UNTIL COUNTS-FILE`. Each
 * computation is a line of the file; a value that is not the key's own ends the process with 1.
 */
const [, , until, counts] = process.argv;
const compute = cache(
  async (key: number) => {
    appendFileSync(counts!, `${key}\n`);
    await new Promise((done) => setTimeout(done, 20));
    return { key, filling: new Uint8Array(20_000).fill(key) };
  },
  { cacheVerbose: false, cacheFolderPath: "hammer" },
);
let hits = 0;
for (let round = 0; round < 24 || Date.now() < Number(until); round++) {
  const keys = Array.from({ length: 8 }, (_none, i) => (round + i) % 24);
  for (const [i, value] of (await Promise.all(keys.map((key) => compute(key)))).entries()) {
    if (value.key !== keys[i] || value.filling.some((each) => each !== keys[i])) process.exit(1);
    hits++;
  }
}
console.log(hits);
