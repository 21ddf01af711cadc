import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian keeps each version's programs here. */
const debianFolder = "/usr/lib/postgresql";

/** The folder of `initdb` and `postgres`; undefined where there is none. */
function programs(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = versions
    .map((version) => join(debianFolder, version, "bin"))
    .find((each) => existsSync(join(each, "initdb")));
  if (folder) return folder;
  const { status, stdout } = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" });
  return status === 0 && existsSync(join(stdout.trim(), "initdb")) ? stdout.trim() : undefined;
}

/** Why the tests over a real Postgres cannot run; false where they can. */
export const postgresMissing: string | false =
  programs() === undefined && "needs postgresql: apt-get install postgresql";

export interface PostgresServer {
  /** Of a new, empty database each time. */
  newDatabase(): string;
  /** Ends the server at once, as a crash does; `start` brings it back with what was committed. */
  crash(): Promise<void>;
  /** SIGKILL to the server's first process; its children find out by themselves. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A cluster of one's own in a temporary folder. Postgres refuses to run as root, so root runs it as the user `postgres`. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = programs()!;
  const folder = mkdtempSync(join(tmpdir(), "fused-postgres-"));
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  if (isRoot) chownSync(folder, owner.uid!, owner.gid!);
  const data = join(folder, "data");
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-N"], { ...owner, cwd: folder });
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: folder,
    fsync: "off",
    max_connections: 100,
  };
  const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let server: ReturnType<typeof spawn> | undefined;
  let count = 0;

  const start = async () => {
    const run = () => spawn(join(bin, "postgres"), ["-D", data, ...words], { ...owner, cwd: folder, stdio: "ignore" });
    server = run();
    const ready = () => spawnSync(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status === 0;
    const late = Date.now() + 30_000;
    const hasEnded = () => server!.exitCode !== null || server!.signalCode !== null;
    while (!ready() || hasEnded()) {
      if (Date.now() > late) throw new Error(`postgres does not start: ${server.exitCode ?? server.signalCode}`);
      // After a SIGKILL it does not start as long as children of the old one live.
      if (hasEnded()) server = run();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = server;
    server = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await ended;
  };
  await start();
  return {
    newDatabase() {
      const name = `test${++count}`;
      execFileSync(join(bin, "createdb"), ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", name], {
        cwd: folder,
      });
      return `postgres://postgres@127.0.0.1:${port}/${name}`;
    },
    start,
    // SIGQUIT: Postgres' immediate shutdown, which takes its children along and recovers at the next start.
    crash: () => end("SIGQUIT"),
    kill: () => end("SIGKILL"),
    async close() {
      await end("SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idOf(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
