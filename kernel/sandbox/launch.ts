import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionLaunch } from "../session-launch.ts";
import type { InstalledGrants } from "./host-grants.ts";

const isFromSource = import.meta.url.endsWith(".ts");
const require = createRequire(import.meta.url);
const packageFile = require.resolve(isFromSource ? "../../package.json" : "../package.json");

/** What the session's environment has of the kernel's: nothing that may be a secret. */
const passedVariables = [
  "PATH",
  "TZ",
  "LANG",
  "LC_ALL",
  "SystemRoot",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/**
 * How the session of a notebook that nobody trusts is started: in an empty folder of its own, without the user's environment,
 * and with Node's permission model, so that its process may read this package and nothing else. Cells do not even reach that
 * process: they run in an isolate inside it.
 */
export function launchSandbox({ hosts, privateHosts }: InstalledGrants): SessionLaunch {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "fused-sandbox-")));
  const readable = [...ownFiles(), folder, "/etc/alpine-release", "/usr/bin/ldd"];
  return {
    entry: fileURLToPath(new URL(isFromSource ? "./main.ts" : "./sandbox.js", import.meta.url)),
    flags: [
      // isolated-vm needs it.
      "--no-node-snapshot",
      "--permission",
      "--allow-addons",
      "--allow-worker",
      // The language server.
      "--allow-child-process",
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--allow-fs-write=${folder}`,
      "--disable-warning=SecurityWarning",
    ],
    args: [
      ...hosts.flatMap((host) => ["--allow-host", host]),
      ...privateHosts.flatMap((host) => ["--allow-private-host", host]),
    ],
    env: {
      ...Object.fromEntries(passedVariables.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      HOME: folder,
      TMPDIR: folder,
    },
    cwd: folder,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The code of this package and of those that it needs. */
function ownFiles(): string[] {
  const root = dirname(packageFile);
  const code = isFromSource
    ? ["cli", "engine", "fused", "kernel", "kernelspec", "magics", "widgets", "dist"]
    : ["dist"];
  const installed = require.resolve("isolated-vm");
  const modules = installed.slice(0, installed.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length);
  // Loaders look for a package's type above its files, and do without.
  return [packageFile, ...code.map((each) => join(root, each)), modules];
}
