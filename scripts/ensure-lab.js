import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, pinnedNode, root, run } from "./ensure-ready.js";

/**
 * What stands between an installed repository and the lab in a browser: JupyterLab's packages in lab/app, and dist/lab
 * built from them. They are for the page alone, so they are installed by themselves, when the page is first needed.
 */
const app = join(root, "lab", "app");

export function ensureLab() {
  const lock = hashOf([join(app, "package-lock.json")]);
  const built = join(root, "dist", "lab", ".built");
  const sources = hashOf(labSources());
  if (existsSync(built) && readFileSync(built, "utf8") === sources) return;
  ensureLabInstalled(lock);
  console.log("Building the lab …");
  run(pinnedNode(), [join(app, "build", "main.ts")]);
  writeFileSync(built, sources);
}

/** JupyterLab's packages, for the type check as well. */
export function ensureLabInstalled(lock = hashOf([join(app, "package-lock.json")])) {
  const marker = join(app, "node_modules", ".fused-installed");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return;
  console.log("Installing the lab's packages (npm ci in lab/app); the first time this takes a minute …");
  // None of them has anything to compile or to fetch.
  npm(["ci", "--prefix", app, "--ignore-scripts"]);
  writeFileSync(marker, lock);
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
