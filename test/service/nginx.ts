import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { waitFor } from "../wait-for.ts";

/** Debian puts it where a user's PATH does not lead. */
const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];

const program = folders.map((folder) => join(folder, "nginx")).find(existsSync);

export const nginxMissing: string | false = program === undefined && "needs nginx: apt-get install nginx-light";

export interface Nginx {
  /** What `nginx -t` says of the configuration; empty: nothing to object. */
  check(): string;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** nginx with a configuration whose temporary files are its own. @param text in which `/tmp` is replaced */
export function openNginx(text: string, port: number): Nginx {
  const folder = mkdtempSync(join(tmpdir(), "fused-nginx-"));
  // Its workers run as another user, where it was started by root.
  chmodSync(folder, 0o755);
  const path = join(folder, "nginx.conf");
  writeFileSync(path, text.replaceAll(/(?<= )\/tmp\//g, `${folder}/`));
  let server: ReturnType<typeof spawn> | undefined;
  return {
    check() {
      const { status, stderr } = spawnSync(program!, ["-t", "-q", "-c", path], { encoding: "utf8" });
      return status === 0 ? stderr : stderr || `exit code ${status}`;
    },
    async start() {
      server = spawn(program!, ["-c", path, "-g", "daemon off;"], { stdio: ["ignore", "ignore", "inherit"] });
      const answers = () => {
        if (server!.exitCode !== null) throw new Error(`nginx ended with exit code ${server!.exitCode}`);
        return fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined);
      };
      await waitFor("an answer of nginx", answers);
    },
    async close() {
      if (server && server.exitCode === null) {
        const ended = new Promise((resolve) => server!.once("exit", resolve));
        server.kill("SIGTERM");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
