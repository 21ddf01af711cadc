import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * What stands between a fresh clone and a running command: packages installed as the lock file says, dist/ built from the
 * sources as they are. Runs on any Node from 20 and needs nothing installed.
 */
export const root = fileURLToPath(new URL("..", import.meta.url));

export function ensureReady() {
  ensureInstalled();
  ensureBuilt();
}

export function ensureInstalled() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const marker = join(root, "node_modules", ".fused-installed");
  if (existsSync(marker) && readFileSync(marker, "utf8") === lock) return;
  console.log("Installing packages (npm ci, about 1 GB on disk); the first time this takes a few minutes …");
  npm(["ci"]);
  writeFileSync(marker, lock);
}

/** Runs npm in the repository. */
export function npm(args) {
  const { command, words, env } = npmCommand(args);
  run(command, words, env);
}

/** The npm that runs us, where one does. */
export function npmCommand(args) {
  const path = process.env.npm_execpath;
  const [command, words] = path ? [process.execPath, [path, ...args]] : ["npm", args];
  return {
    command,
    words: [...words, "--no-audit", "--no-fund", "--loglevel=error"],
    // Under `npm test` a production install would leave out what building and testing need.
    env: { NODE_ENV: "development", npm_config_omit: "" },
  };
}

function ensureBuilt() {
  const built = join(root, "dist", ".built");
  if (existsSync(built) && statSync(built).mtimeMs >= newestSource()) return;
  console.log("Building dist/ …");
  build();
}

export function build() {
  run(pinnedNode(), [join(root, "scripts", "bundle.js")]);
  writeFileSync(join(root, "dist", ".built"), "");
}

export const sourceFolders = [
  "kernelspec",
  "kernel",
  "magics",
  "widgets",
  "fused",
  "engine",
  "service",
  "lab",
  "cli",
  "scripts",
];

function newestSource() {
  let newest = statSync(join(root, "package.json")).mtimeMs;
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        // lab/app is built by itself: ensure-lab.js.
        if (entry.name !== "node_modules" && path !== join(root, "lab", "app")) visit(path);
      } else newest = Math.max(newest, statSync(path).mtimeMs);
    }
  };
  for (const folder of sourceFolders) if (existsSync(join(root, folder))) visit(join(root, folder));
  return newest;
}

/** The Node that the package pins, whatever Node runs npm. */
export function pinnedNode() {
  const require = createRequire(join(root, "package.json"));
  const { bin } = require("node/package.json");
  return join(dirname(require.resolve("node/package.json")), typeof bin === "string" ? bin : bin.node);
}

/** Runs a command in the repository and ends with its exit code where that is not 0. */
export function run(command, args, env = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (error) {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? (signal ? 130 : 1));
}
