import type { ParameterSchema } from "../engine/udf-frame.ts";
import { UdfParameterError } from "./errors.ts";
import { isGeoJson, isPlainObject } from "./results.ts";

/**
 * The parameters of a call as one object. `udf({ n: 3 })` names them; `udf(3, "a")` gives them in their order. A
 * single plain object always names parameters (GeoJSON does not: it is a value).
 * @throws UdfParameterError where more values come than there are parameters
 */
export function namedParameters(
  args: unknown[],
  { parameters }: ParameterSchema,
  udfName: string,
): Record<string, unknown> {
  if (args.length === 0 || (args.length === 1 && args[0] === undefined)) return {};
  if (args.length === 1 && isParameterObject(args[0])) return args[0];
  if (args.length > parameters.length) {
    const takes = parameters.length === 0 ? "no parameters" : `${parameters.map(({ name }) => name).join(", ")}`;
    throw new UdfParameterError(
      `${udfName} got ${args.length} values and takes ${takes}. Run options go through .with(): ` +
        `${udfName}.with({ engine: "local" })(…).`,
      { udfName },
    );
  }
  return Object.fromEntries(args.map((value, i) => [parameters[i]!.name, value]));
}

/** Whether a value names parameters rather than being one. */
export function isParameterObject(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) && !isGeoJson(value);
}
