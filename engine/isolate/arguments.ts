import type { Parameter, ParameterSchema } from "../udf-frame.ts";

/**
 * The arguments a UDF is called with. Values arrive coerced; those whose type has methods get them back here, as methods do
 * not travel. A positional UDF gets further names through its rest parameter, in the order given.
 */
export function buildArguments(schema: ParameterSchema, given: Record<string, unknown>): unknown[] {
  const values = new Map(Object.entries(given));
  for (const parameter of schema.parameters) {
    const value = values.get(parameter.name);
    if (value !== undefined && value !== null) values.set(parameter.name, withMethods(parameter, value));
  }
  if (schema.style === "object") return [Object.fromEntries(values)];

  const positional: unknown[] = [];
  for (const { name, hasDefault } of schema.parameters) {
    const value = values.get(name);
    // The function's own default stands in for what is not given, also where that came as null.
    positional.push(value === null && hasDefault ? undefined : value);
    values.delete(name);
  }
  if (schema.rest) return [...positional, ...values.values()];
  while (positional.length > 0 && positional.at(-1) === undefined) positional.pop();
  return positional;
}

const tileArithmetic = () => require("../../fused/tiles/index.ts") as typeof import("../../fused/tiles/index.ts");

function withMethods({ type }: Parameter, value: unknown): unknown {
  if (type.kind === "Bounds" && Array.isArray(value) && value.length === 4) {
    return tileArithmetic().createBounds(value as number[]);
  }
  if (type.kind === "TileXYZ" && isTile(value)) return tileArithmetic().createTile(value.x, value.y, value.z);
  return value;
}

function isTile(value: unknown): value is { x: number; y: number; z: number } {
  return typeof value === "object" && value !== null && "x" in value && "y" in value && "z" in value;
}
