import { options as fusedOptions } from "./options.ts";
import { prepareRun } from "./run-once.ts";
import { tileParameter } from "./tile-arguments.ts";
import { udfState } from "./udf-state.ts";

/**
 * What runs of a UDF need, whatever becomes of the notebook's variable: structured-cloneable. A display asks this machine, also
 * where runs that name no engine go to a service: it wants many small answers at once.
 */
export async function udfSource(udf: object) {
  const state = udfState(udf)!;
  const isNamed = state.runDefaults.engine !== undefined || fusedOptions.defaultUdfRunEngine !== null;
  const { frame, request, cacheAge, defaults, engineName, options } = await prepareRun(
    state,
    isNamed ? {} : { engine: "local" },
  );
  return {
    frame,
    request,
    cacheAge,
    defaults: { ...defaults, ...options.parameters },
    engineName,
    tileParameter: tileParameter(frame.parameters)?.name,
  };
}
