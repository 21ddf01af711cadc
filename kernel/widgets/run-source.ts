import type { Engine } from "../../engine/run-types.ts";
import type { UdfAnswer } from "../../widgets/widget-kernel.ts";
import type { UdfSource } from "../../widgets/udf-source.ts";
import type { EngineHost } from "../engine-host.ts";

/** Runs the UDFs of displays: on the engine host, or from the kept results, as a call in a cell would. */
export function sourceRunner(host: EngineHost) {
  let engine: Promise<Engine> | undefined;
  const connect = async (): Promise<Engine> => {
    const path = await host.socketPath();
    return (await import("../../engine/client.ts")).connectEngine(path);
  };
  return async (
    { frame, request, cacheAge, defaults }: UdfSource,
    parameters: Record<string, unknown>,
    { x, y, z }: { x: number; y: number; z: number },
    signal: AbortSignal,
  ): Promise<UdfAnswer> => {
    engine ??= connect().catch((error: unknown) => {
      engine = undefined;
      throw error;
    });
    const [connected, { runPlaced }] = await Promise.all([engine, import("../../fused/run-placed.ts")]);
    const started = performance.now();
    try {
      const prepared = {
        frame,
        request,
        cacheAge,
        defaults,
        engine: connected,
        engineName: "local",
        options: { verbose: false, x, y, z },
      };
      const { data, error, cacheHit, times } = await runPlaced(prepared, parameters, signal);
      const spent = { queue: times?.queue ?? 0, run: times?.run ?? performance.now() - started };
      if (error) return { error: describe(error), times: spent, cached: false };
      return { value: data, times: cacheHit ? { queue: 0, run: 0 } : spent, cached: cacheHit };
    } catch (error) {
      return { error: describe(error as Error), times: { queue: 0, run: 0 }, cached: false };
    }
  };
}

function describe(error: Error): NonNullable<UdfAnswer["error"]> {
  const message = error.message.split("\n", 1)[0]!;
  return { message, trace: `${error.name}: ${error.message}`, kind: error.name };
}
