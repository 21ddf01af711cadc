import type { Engine } from "../engine/run-types.ts";

/** An engine host of this machine that starts at the first run; a start that failed is tried again by the next run. */
export function lazyEngine(): Engine {
  let engine: Promise<Engine> | undefined;
  const open = () => {
    engine ??= import("../engine/local-engine.ts")
      .then(({ startLocalEngine }) => startLocalEngine())
      .catch((error: unknown) => {
        engine = undefined;
        throw error;
      });
    return engine;
  };
  return {
    run: async (request, options) => (await open()).run(request, options),
    async close() {
      await (await engine?.catch(() => undefined))?.close();
    },
  };
}
