import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, npmCommand, pinnedNode, root, run } from "./ensure-ready.js";

/**
 * What stands between an installed repository and the lab in a browser: JupyterLab's packages in lab/app, and dist/lab
 * built from them. They are for the page alone, so they are installed by themselves, when the page is first needed.
 */
const app = join(root, "lab", "app");

export function ensureLab() {
  const built = join(root, "dist", "lab", ".built");
  const sources = hashOf(labSources());
  if (existsSync(built) && readFileSync(built, "utf8") === sources) return;
  ensureLabInstalled();
  console.log("Building the lab …");
  run(pinnedNode(), [join(app, "build", "main.ts")]);
  writeFileSync(built, sources);
}

const marker = join(app, "node_modules", ".fused-installed");
const isInstalled = (lock) => existsSync(marker) && readFileSync(marker, "utf8") === lock;
const lockOf = () => hashOf([join(app, "package-lock.json")]);
// None of them has anything to compile or to fetch.
const install = ["ci", "--prefix", app, "--ignore-scripts"];

/** JupyterLab's packages, for the type check as well. */
export function ensureLabInstalled(lock = lockOf()) {
  if (isInstalled(lock)) return;
  console.log("Installing the lab's packages (npm ci in lab/app); the first time this takes a minute …");
  npm(install);
  writeFileSync(marker, lock);
}

/**
 * Installs JupyterLab's packages where they are missing, while the caller does something else, even what blocks.
 * @returns what settles when that is done; what went wrong is found out by `ensureLab`, which tries again
 */
export function beginInstallingLab() {
  const lock = lockOf();
  if (isInstalled(lock)) return Promise.resolve();
  const { command, words, env } = npmCommand(install);
  const child = spawn(command, words, { cwd: root, stdio: "ignore", env: { ...process.env, ...env } });
  const stop = () => child.kill();
  process.once("exit", stop);
  return new Promise((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", (code) => {
      process.off("exit", stop);
      if (code === 0) writeFileSync(marker, lock);
      resolve();
    });
  });
}

/** Everything that the build reads, but for what lab/app's lock file names. */
function labSources() {
  const own = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) own.push(path);
      else if (entry.name !== "node_modules") visit(path);
    }
  };
  visit(app);
  const shared = ["esbuild", "plotly.js-dist-min"].map((name) => join(root, "node_modules", name, "package.json"));
  visit(join(root, "widgets", "front", "lab"));
  // The widgets are built before; the names in this file change with what they hold.
  const widgets = join(root, "dist", "widgets", "front.js");
  return [...own.sort(), ...shared, join(root, "kernelspec", "logo-svg.svg"), widgets];
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest("hex");
}
