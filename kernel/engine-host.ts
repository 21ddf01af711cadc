import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { HostProcess } from "../engine/host-process.ts";
import { log } from "./receive.ts";

/** The engine host of this kernel: one process for all that asks for runs, started on first use, replaced when it ends. */
export interface EngineHost {
  /** Local socket of the host; the same for the kernel's life. */
  socketPath(): Promise<string>;
  close(): Promise<void>;
}

/** A host that ends sooner than this after its start is not replaced until somebody asks again, milliseconds. */
const quickEnd = 1000;

export function createEngineHost(): EngineHost {
  let path: string | undefined;
  let host: Promise<HostProcess> | undefined;
  let closed = false;

  async function start(): Promise<HostProcess> {
    const { newSocketPath } = await import("../engine/socket-path.ts");
    const { startHostProcess } = await import("../engine/host-process.ts");
    path ??= newSocketPath();
    if (process.platform !== "win32") rmSync(path, { force: true });
    const started = Date.now();
    const running = await startHostProcess(path);
    void running.ended.then(({ how }) => {
      if (closed) return;
      log(`the engine host ${how}`);
      host = Date.now() - started > quickEnd ? start() : undefined;
      host?.catch(() => (host = undefined));
    });
    return running;
  }

  return {
    async socketPath() {
      host ??= start();
      host.catch(() => (host = undefined));
      await host;
      return path!;
    },
    async close() {
      closed = true;
      await (await host?.catch(() => undefined))?.kill();
      if (path && process.platform !== "win32") rmSync(dirname(path), { recursive: true, force: true });
    },
  };
}
