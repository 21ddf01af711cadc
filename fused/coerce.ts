import type { Parameter, ParameterSchema, ParameterType } from "../engine/udf-frame.ts";
import { areaValue, readArea } from "./area.ts";
import { abbreviate, BadValue } from "./bad-value.ts";
import { toBigInt, toBoolean, toDate, toEnum, toFloat, toInt, toText, toUuid } from "./coerce-scalar.ts";
import { toDataFrame, toDict, toGeoDataFrame, toGeometry, toList, toTuple } from "./coerce-structure.ts";
import { UdfParameterError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";

export interface CoerceOptions {
  /** What to do with names the UDF does not declare. Default `error`; HTTP, whose queries carry more, says `ignore`. */
  unknown?: "error" | "ignore";
  /** For messages. */
  udfName?: string;
}

/**
 * Turns what a caller gave into the values a UDF's parameters declare (fused-spec.md 1.3–1.5). Text and JSON values are
 * both taken; what has the declared type already passes as it is.
 * @param given values by name, or in the order of the parameters
 * @returns values by name; a parameter that was not given is left out, so that the function applies its own default
 * @throws UdfParameterError naming the parameter, its declared type and the value
 */
export function coerceParameters(
  schema: ParameterSchema,
  given: Record<string, unknown> | readonly unknown[],
  options: CoerceOptions = {},
): Record<string, unknown> {
  const udfName = options.udfName ?? "the UDF";
  const byName = new Map(Object.entries(isList(given) ? nameByOrder(schema, given, udfName) : given));
  const coerced: [string, unknown][] = [];
  const missing: string[] = [];
  for (const parameter of schema.parameters) {
    const value = byName.get(parameter.name);
    byName.delete(parameter.name);
    if (value === undefined) {
      if (parameter.nullable && !parameter.hasDefault) coerced.push([parameter.name, null]);
      else if (!parameter.optional && !parameter.hasDefault) missing.push(parameter.name);
    } else if (parameter.optional && isNone(value)) {
      if (parameter.nullable) coerced.push([parameter.name, null]);
    } else {
      coerced.push([parameter.name, coerceValue(parameter, value, udfName)]);
    }
  }
  if (missing.length > 0) throw missingError(missing, schema, udfName, schema.rest ? [] : [...byName.keys()]);
  for (const [name, value] of byName) {
    if (schema.rest) coerced.push([name, toText(value)]);
    else if (options.unknown !== "ignore" && value !== undefined) throw unknownError(name, schema, udfName);
  }
  return Object.fromEntries(coerced);
}

function isList(given: Record<string, unknown> | readonly unknown[]): given is readonly unknown[] {
  return Array.isArray(given);
}

function nameByOrder(schema: ParameterSchema, values: readonly unknown[], udfName: string): Record<string, unknown> {
  const names = schema.parameters.map(({ name }) => name);
  if (values.length > names.length) {
    throw new UdfParameterError(`${udfName} takes ${list(names)}; ${values.length} values were given.`, { udfName });
  }
  return Object.fromEntries(values.map((value, index) => [names[index]!, value]));
}

/** What counts as none for an optional parameter. */
function isNone(value: unknown): boolean {
  return value === null || (typeof value === "string" && /^(null|none)?$/i.test(value.trim()));
}

/** One value, as its parameter declares it. @throws UdfParameterError */
function coerceValue(parameter: Parameter, value: unknown, udfName = "the UDF"): unknown {
  try {
    return convert(parameter.type, value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const { name, type } = parameter;
    const hint = value === null && parameter.hasDefault ? " Leave it out to get its default." : "";
    // Python's word for number, and one that nobody wrote, say no more than what follows.
    const declared = type.kind === "float" || type.kind === "enum" ? "" : `is declared ${type.kind} and `;
    throw new UdfParameterError(
      `Parameter ${name} of ${udfName} ${declared}must be ${error.message}; ` +
        `what came is ${abbreviate(value)}.${hint}`,
      { udfName, parameter: name, declaredType: type.kind, value, line: error.line, column: error.column },
    );
  }
}

function convert(type: ParameterType, value: unknown): unknown {
  switch (type.kind) {
    case "json":
      return value;
    case "string":
      if (value === null) throw new BadValue("text");
      return toText(value);
    case "int":
      return toInt(value);
    case "float":
      return toFloat(value);
    case "boolean":
      return toBoolean(value);
    case "bigint":
      return toBigInt(value);
    case "uuid":
      return toUuid(value);
    case "date":
      return toDate(value);
    case "enum":
      return toEnum(value, type.values);
    case "list":
      return toList(value);
    case "dict":
      return toDict(value);
    case "tuple":
      return toTuple(value, type.length);
    case "Bounds":
    case "Bbox":
    case "TileXYZ":
    case "TileGDF":
    case "ViewportGDF":
      return isGivenTileRow(type.kind, value) ? value : areaValue(type, readArea(value));
    case "GeoDataFrame":
      return toGeoDataFrame(value);
    case "DataFrame":
      return toDataFrame(value);
    case "Geometry":
      return toGeometry(value);
    case "Polygon":
      return toGeometry(value, "Polygon");
  }
}

/** A TileGDF that was made before keeps its row. */
function isGivenTileRow(kind: string, value: unknown): boolean {
  if (kind !== "TileGDF" || typeof value !== "object" || value === null || !("features" in value)) return false;
  const rows = value.features as { properties?: Record<string, unknown> | null }[];
  return (
    Array.isArray(rows) && rows.length === 1 && ["x", "y", "z"].every((key) => rows[0]?.properties?.[key] !== undefined)
  );
}

function missingError(
  missing: string[],
  schema: ParameterSchema,
  udfName: string,
  unknown: string[],
): UdfParameterError {
  // Where the missing name was meant by one that is not declared, that one is the mistake.
  const meant = unknown.find((name) => nearestName(name, missing) !== undefined) ?? unknown[0];
  if (meant !== undefined) return unknownError(meant, schema, udfName);
  const areas = schema.parameters.filter(
    ({ name, type }) => missing.includes(name) && /^(B|Tile|View)/.test(type.kind),
  );
  const hint = areas.length > 0 ? ` For ${list(areas.map(({ name }) => name))}, run it for a tile or a box.` : "";
  const verb = missing.length === 1 ? "is" : "are";
  return new UdfParameterError(`${udfName} needs ${list(missing)}, which ${verb} not given.${hint}`, {
    udfName,
    parameter: missing[0],
  });
}

function unknownError(name: string, schema: ParameterSchema, udfName: string): UdfParameterError {
  const names = schema.parameters.map((parameter) => parameter.name);
  const nearest = nearestName(name, names);
  const advice = nearest ? `Did you mean ${nearest}?` : `It takes ${list(names)}.`;
  return new UdfParameterError(`${udfName} has no parameter ${name}. ${advice}`, { udfName, parameter: name });
}

function list(names: string[]): string {
  return names.length === 0 ? "no parameters" : names.join(", ");
}
