import { prepareRun } from "./run-once.ts";
import { tileParameter } from "./tile-arguments.ts";
import { udfState } from "./udf-state.ts";

/** What runs of a UDF need, whatever becomes of the notebook's variable: structured-cloneable. */
export async function udfSource(udf: object) {
  const { frame, request, cacheAge, defaults, engineName, options } = await prepareRun(udfState(udf)!, {});
  return {
    frame,
    request,
    cacheAge,
    defaults: { ...defaults, ...options.parameters },
    engineName,
    tileParameter: tileParameter(frame.parameters)?.name,
  };
}
