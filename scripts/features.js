import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureReady, pinnedNode, root } from "./ensure-ready.js";

/** `npm run features`: runs the tests whose titles carry a feature's number (F001 to F214) and prints which hold. */
ensureReady();
const titled = /\bF\d{3}\b/;
const files = readdirSync(join(root, "test"), { recursive: true })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => join(root, "test", file))
  .filter((file) => titled.test(readFileSync(file, "utf8")));
const scratch = mkdtempSync(join(tmpdir(), "fused-features-"));
const results = join(scratch, "results.jsonl");
spawnSync(
  pinnedNode(),
  [
    ...["--no-node-snapshot", "--disable-warning=ExperimentalWarning", "--test", "--test-concurrency=2"],
    ...["--test-name-pattern=/F\\d{3}/", `--test-reporter=${join(root, "scripts", "features-reporter.js")}`],
    ...[`--test-reporter-destination=${results}`, ...files],
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, FUSED_CACHE_DIRECTORY: join(scratch, "cache") },
  },
);

const found = new Map();
for (const line of readFileSync(results, "utf8").split("\n").filter(Boolean)) {
  const { name, passed } = JSON.parse(line);
  for (const number of numbersIn(name)) found.set(number, (found.get(number) ?? true) && passed);
}
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
const all = Array.from({ length: 214 }, (_, i) => `F${String(i + 1).padStart(3, "0")}`);
for (const number of all)
  console.log(`${number}  ${found.has(number) ? (found.get(number) ? "passed" : "FAILED") : "no test"}`);
const count = (state) => all.filter((number) => found.get(number) === state).length;
console.log(`${count(true)} passed, ${count(false)} failed, ${count(undefined)} without a test`);
if (count(false) > 0) process.exitCode = 1;

/** `F030 …`, `F008, F009 …`, `F095-F098 …`. */
function numbersIn(title) {
  const numbers = new Set();
  for (const [, from, to] of title.matchAll(/\bF(\d{3})(?:\s*[-–]\s*F?(\d{3}))?\b/g)) {
    for (let n = Number(from); n <= Number(to ?? from); n++) numbers.add(`F${String(n).padStart(3, "0")}`);
  }
  return numbers;
}
