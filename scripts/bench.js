import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureLab } from "./ensure-lab.js";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/** `npm run bench [-- NAME …]`: the measurements of bench/, all or those named (`npm run bench -- engine`). */
ensureReady();
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".bench.ts"))
  .sort()
  .map((file) => join("bench", file))
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)));
if (files.length === 0) {
  console.error(`npm run bench: there is no benchmark ${wanted.join(" ")} in bench/`);
  process.exit(2);
}
if (files.some((file) => file.includes("lab"))) ensureLab();
for (const file of files)
  run(pinnedNode(), ["--no-node-snapshot", "--disable-warning=ExperimentalWarning", join(root, file)]);
