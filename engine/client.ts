import { connectSocket, EngineConnection } from "./engine-connection.ts";
import type { Engine } from "./run-types.ts";

export { startLocalEngine, type LocalEngine, type LocalEngineOptions } from "./local-engine.ts";

/** How long a host that is being replaced may take, milliseconds. */
const patience = 3000;
const pause = 50;

/**
 * Uses an engine host that somebody else has started. Connects at the first run, and again when the host was replaced by
 * its owner; a run that finds no host ends with kind `lost`. `close` leaves the host running.
 */
export function connectEngine(socketPath: string): Engine {
  let current: Promise<EngineConnection> | undefined;
  const connection = async () => {
    const open = await current?.catch(() => undefined);
    if (open?.isOpen) return open;
    current = connectPatiently(socketPath, current ? patience : 0);
    return current;
  };
  return {
    async run(request, options = {}) {
      try {
        return await (await connection()).run(request, options);
      } catch (error) {
        const message = `There is no engine host at ${socketPath}: ${(error as Error).message}.`;
        const times = { queue: 0, prepare: 0, run: 0, encode: 0 };
        return {
          status: "error",
          error: { kind: "lost", name: "EngineLostError", message, stack: "" },
          logs: [],
          times,
        };
      }
    },
    async close() {
      (await current?.catch(() => undefined))?.close();
      current = undefined;
    },
  };
}

async function connectPatiently(socketPath: string, milliseconds: number): Promise<EngineConnection> {
  for (const until = Date.now() + milliseconds; ;) {
    try {
      return new EngineConnection(await connectSocket(socketPath), async () => "the engine's process has ended.");
    } catch (error) {
      if (Date.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
