import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/** `npm start`: runs the tutorial through the kernel and writes it, with its outputs, as a notebook and as a page. */
const allowed = new Set(["--headless"]);
const unknown = process.argv.slice(2).filter((argument) => !allowed.has(argument));
if (unknown.length > 0) {
  console.error(`npm start: unknown ${unknown.join(" ")}. There is only: npm start -- --headless`);
  process.exit(2);
}

ensureReady();
mkdirSync(join(root, "out"), { recursive: true });
const tutorial = "01-first-light";
run(pinnedNode(), [
  join(root, "bin", "fused-kernel.js"),
  "run",
  `notebooks/${tutorial}.ipynb`,
  "-o",
  `out/${tutorial}.ipynb`,
  "--html",
  `out/${tutorial}.html`,
]);
