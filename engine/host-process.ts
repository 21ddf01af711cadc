import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LocalEngineOptions } from "./local-engine.ts";
import { packFrameOptions } from "./frame-options.ts";

/** An engine host that this process has started. It ends with this process, however that ends. */
export interface HostProcess {
  pid: number;
  /** Resolves when the process has ended: how, and the end of what it wrote to stderr. */
  ended: Promise<{ how: string; stderr: string }>;
  /** Ends it, and resolves when it has ended. */
  kill(): Promise<void>;
}

const entry = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./host.ts" : "./engine-host.js", import.meta.url),
);
/**
 * isolated-vm needs the first. Every run begins cold, so V8 compiles much in each: on other threads that took a third more
 * of the cores, all of which have runs to do.
 */
const hostFlags = ["--no-node-snapshot", "--no-concurrent-recompilation"];
const keptStderr = 4000;
/** What the host's environment has of ours: nothing that may be a secret. */
const passedVariables = [
  "TZ",
  "LANG",
  "LC_ALL",
  "TMPDIR",
  "TEMP",
  "TMP",
  "SystemRoot",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** Starts a host that listens on a path. @throws Error with what it wrote where it ends before it listens */
export async function startHostProcess(
  socketPath: string,
  { cores, frames }: LocalEngineOptions = {},
): Promise<HostProcess> {
  const values = [socketPath, String(cores ?? ""), ...(frames ? ["frames"] : [])];
  const child = spawn(process.execPath, [...hostFlags, entry, ...values], {
    env: Object.fromEntries(
      passedVariables.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const ended = watchEnd(child);
  if (frames) child.stdin.write(`${packFrameOptions(frames)}\n`);
  await Promise.race([
    new Promise((resolve) => child.stdout.once("data", resolve)),
    ended.then(({ how, stderr }) => {
      throw new Error(`The engine host could not be started: it ${how}.\n${stderr}`);
    }),
  ]);
  // From here on the host must not keep this process alive. Its stdin stays open: that it closes is how the host knows.
  for (const each of [child, child.stdin, child.stdout, child.stderr]) (each as { unref?: () => void }).unref?.();
  const kill = async () => {
    child.ref();
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once("exit", resolve));
  };
  return { pid: child.pid!, ended, kill };
}

function watchEnd(child: ChildProcess): HostProcess["ended"] {
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-keptStderr)));
  child.stdin!.on("error", () => {});
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ how: `failed (${error.message})`, stderr }));
    child.once("close", (code, signal) => {
      resolve({ how: signal ? `was ended by ${signal}` : `ended with exit code ${code}`, stderr });
    });
  });
}
