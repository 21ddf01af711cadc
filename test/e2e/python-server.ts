import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { installForJupyter } from "./debian-jupyter.ts";

/** A server of Debian's Jupyter, on a free port of the loopback address. */
export interface PythonServer {
  /** With the slash at the end. */
  url: string;
  token: string;
  /** Where its notebooks lie. */
  folder: string;
  stop(): Promise<void>;
}

/**
 * Starts one with our kernel installed for it and for nobody else, and waits until it listens.
 * @param home a folder of its own, gone when it stops
 * @param infoName what the file in which the server writes down its address begins with
 */
export async function startPythonServer(
  command: string[],
  home: string,
  folder: string,
  infoName: string,
): Promise<PythonServer> {
  const token = randomBytes(16).toString("hex");
  const env = installForJupyter();
  const [program, ...words] = command;
  const child = spawn(program!, words, {
    // A cache of its own: a cell says when its result comes from the cache.
    env: { ...env, JUPYTER_TOKEN: token, HOME: home, FUSED_CACHE_DIRECTORY: join(home, "cache") },
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));

  // The server writes down the port that it got: the first free one.
  const info = join(env.JUPYTER_RUNTIME_DIR!, `${infoName}-${child.pid}.json`);
  for (let left = 600; !existsSync(info) || readFileSync(info, "utf8") === ""; left--) {
    if (left === 0 || child.exitCode !== null) throw new Error(`${program} does not start:\n${log}`);
    await wait(50);
  }
  const { url } = JSON.parse(readFileSync(info, "utf8")) as { url: string };
  return {
    url,
    token,
    folder,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
