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

/** Hosts that end this soon after their start, this often in a row, are not replaced until somebody asks again. */
const quickEnd = { milliseconds: 1000, times: 4 };

export function createEngineHost(): EngineHost {
  let path: string | undefined;
  let host: Promise<HostProcess> | undefined;
  let closed = false;
  let quickEnds = 0;

  async function start(): Promise<HostProcess> {
    const { newSocketPath } = await import("../engine/socket-path.ts");
    const { startHostProcess } = await import("../engine/host-process.ts");
    const { ownEngine } = await import("../fused/run-engine.ts");
    path ??= newSocketPath();
    if (process.platform !== "win32") rmSync(path, { force: true });
    const started = Date.now();
    const running = await startHostProcess(path, ownEngine());
    void running.ended.then(({ how }) => {
      if (closed) return;
      log(`the engine host ${how}`);
      quickEnds = Date.now() - started < quickEnd.milliseconds ? quickEnds + 1 : 0;
      host = quickEnds < quickEnd.times ? start() : undefined;
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
