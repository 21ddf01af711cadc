import { createRealtimeEngine } from "../../engine/remote/realtime-engine.ts";
import type { Engine } from "../../engine/run-types.ts";
import { AuthError } from "../errors.ts";
import { options } from "../options.ts";
import { clientIdOf } from "./account.ts";
import { currentService, serviceSettings } from "./service.ts";
import { fromService } from "./service-error.ts";

/** The client of runs where neither the options nor the service name one (fused-spec.md 18.1). */
const usualClient = "basic-tier";

/** The realtime machines of the service that the options name, as an engine. What goes wrong before a run is the SDK's error. */
export function openRemoteEngine(): Engine {
  const engine = createRealtimeEngine(async () => {
    const service = currentService();
    const client = options.realtimeClientId ?? (await clientIdOf(service)) ?? usualClient;
    const settings = { ...serviceSettings(service), headers: { ...options.defaultRunHeaders } };
    return { settings, path: `/realtime/${encodeURIComponent(client)}/api/v1/run/udf` };
  });
  return withErrors(engine);
}

/** The UDF behind a shared token, in its owner's environment, as an engine. No log-in is sent, nor asked for. */
export function openSharedEngine(token: string): Engine {
  const engine = createRealtimeEngine(async () => {
    const service = currentService();
    const settings = { ...serviceSettings(service, false), headers: { ...options.defaultRunHeaders } };
    const path = `${service.sharedUdfBaseUrl}/${encodeURIComponent(token)}/run/file`;
    return { settings, path, isNamed: true, isAnonymous: true };
  });
  return withErrors(engine);
}

function withErrors(engine: Engine): Engine {
  return {
    close: () => engine.close(),
    async run(request, how) {
      try {
        return await engine.run(request, how);
      } catch (error) {
        const told = fromService(error);
        if (told instanceof AuthError && told.status !== 403) {
          throw new AuthError(`${told.message} To run here and now, pass { engine: "local" }.`, {
            status: told.status,
          });
        }
        throw told;
      }
    },
  };
}
