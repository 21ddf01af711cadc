import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/**
 * `npm start`: runs the first tutorial through the kernel and writes it, with its outputs, as a notebook and as a page into
 * out/. `npm start -- --all` runs every tutorial.
 */
const allowed = new Set(["--headless", "--all"]);
const given = process.argv.slice(2);
const unknown = given.filter((argument) => !allowed.has(argument));
if (unknown.length > 0) {
  console.error(`npm start: unknown ${unknown.join(" ")}. There are: npm start -- --all, npm start -- --headless`);
  process.exit(2);
}

ensureReady();
mkdirSync(join(root, "out"), { recursive: true });
const notebooks = given.includes("--all")
  ? readdirSync(join(root, "notebooks"))
      .filter((file) => /^\d.*\.ipynb$/.test(file))
      .sort()
  : ["01-first-light.ipynb"];
for (const notebook of notebooks) {
  const page = `${basename(notebook, ".ipynb")}.html`;
  const words = ["run", `notebooks/${notebook}`, "-o", `out/${notebook}`, "--html", `out/${page}`];
  run(pinnedNode(), [join(root, "bin", "fused-kernel.js"), ...words]);
}
