/** The engine host of this kernel: one process for all that asks for runs, started on first use. */
export interface EngineHost {
  socketPath(): Promise<string>;
  close(): Promise<void>;
}

export function createEngineHost(): EngineHost {
  let host: Promise<{ socketPath: string; close(): Promise<void> }> | undefined;
  return {
    async socketPath() {
      host ??= import("../engine/start-host.ts").then(({ startHost }) => startHost());
      return (await host).socketPath;
    },
    async close() {
      await (await host?.catch(() => undefined))?.close();
    },
  };
}
