import { spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { labEnvironment } from "../bin/lab-environment.js";
import { beginInstallingLab, ensureLab } from "./ensure-lab.js";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/**
 * `npm start`: the lab in the browser, on a working copy of the tutorials in out/notebooks. What follows `--` goes to
 * `fused-kernel lab`: npm start -- --port 9000 --no-browser.
 * `npm start -- --headless [--all]`: runs the first tutorial, or all, through the kernel and writes it, with its outputs,
 * as a notebook and as a page into out/.
 */
const given = process.argv.slice(2);
const command = join(root, "bin", "fused-kernel.js");
if (given.includes("--headless")) headless();
else await lab();

async function lab() {
  if (given.includes("--all")) {
    console.error("npm start: --all runs the tutorials without a browser: npm start -- --headless --all");
    process.exit(2);
  }
  // The two installs share the machine better than they take turns: much of both is waiting for the network and the disk.
  const labPackages = beginInstallingLab();
  ensureReady();
  await labPackages;
  ensureLab();
  const folder = join("out", "notebooks");
  run(pinnedNode(), ["--disable-warning=ExperimentalWarning", "scripts/working-copy.ts", "notebooks", folder]);
  const child = spawn(pinnedNode(), [command, "lab", folder, ...given], {
    cwd: root,
    stdio: "inherit",
    env: { ...labEnvironment, ...process.env },
  });
  // It ends its kernels first.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}

function headless() {
  const unknown = given.filter((argument) => !["--headless", "--all"].includes(argument));
  if (unknown.length > 0) {
    console.error(
      `npm start: --headless does not go with ${unknown.join(" ")}. There is: npm start -- --headless --all`,
    );
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
    run(pinnedNode(), [command, ...words]);
  }
}
