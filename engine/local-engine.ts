import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { connectSocket, EngineConnection } from "./engine-connection.ts";
import type { FrameOptions } from "./frame-context.ts";
import { startHostProcess, type HostProcess } from "./host-process.ts";
import type { Engine } from "./run-types.ts";
import { newSocketPath } from "./socket-path.ts";

export interface LocalEngineOptions {
  /** Runs that compute at the same time. Default: the number of cores. */
  cores?: number;
  /** Which frames the host runs. Default: all that are well formed. */
  frames?: FrameOptions;
}

export interface LocalEngine extends Engine {
  /** Where others can connect to the same host (`connectEngine`). Stays the same when the host is replaced. */
  socketPath: string;
  /** The process id of the host that runs now. */
  readonly pid: number | undefined;
}

/**
 * Starts an engine host on this machine. If the host dies, the runs under way end with kind `lost` and the next run starts a
 * new host. Host and connection keep this process alive only while runs are under way, and end with it.
 * @throws Error with the host's own words where it does not start
 */
export async function startLocalEngine(options: LocalEngineOptions = {}): Promise<LocalEngine> {
  const socketPath = newSocketPath();
  let host: HostProcess | undefined;
  let current: Promise<EngineConnection> | undefined;
  let isClosed = false;

  const start = async (): Promise<EngineConnection> => {
    if (process.platform !== "win32") rmSync(socketPath, { force: true });
    const started = await startHostProcess(socketPath, options);
    host = started;
    return new EngineConnection(await connectSocket(socketPath), async () => explainEnd(await started.ended));
  };
  const connection = async (): Promise<EngineConnection> => {
    if (isClosed) throw new Error("This engine is closed.");
    const open = await current?.catch(() => undefined);
    if (open?.isOpen) return open;
    // Several runs may find the host gone at once: the first of them starts the next.
    if (current === undefined || (await current.catch(() => undefined)) === open) current = startOnce();
    return current;
  };
  let starting: Promise<EngineConnection> | undefined;
  const startOnce = () => {
    starting ??= start().finally(() => (starting = undefined));
    return starting;
  };
  current = startOnce();
  await current;

  return {
    socketPath,
    get pid() {
      return host?.pid;
    },
    run: async (request, runOptions = {}) => (await connection()).run(request, runOptions),
    async close() {
      isClosed = true;
      (await current?.catch(() => undefined))?.close();
      await host?.kill();
      if (process.platform !== "win32") rmSync(dirname(socketPath), { recursive: true, force: true });
    },
  };
}

function explainEnd({ how, stderr }: { how: string; stderr: string }): string {
  const reason = /^.*(Fatal error|FATAL ERROR|Assertion).*$/im.exec(stderr)?.[0].trim();
  return `the engine's process ${how}${reason ? ` ("${reason.slice(0, 200)}")` : ""}, perhaps because a UDF reached a limit of V8.`;
}
