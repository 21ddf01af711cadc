import type { Parameter, ParameterSchema, ParameterType } from "../../engine/udf-frame.ts";

/** A JSON Schema, as plain JSON. */
export type JsonSchema = Record<string, unknown>;

/** JSON Schema (draft 2020-12) of a UDF's parameters, for forms and tools: each one's type, default and whether it must be given. */
export function evalSchema(schema: ParameterSchema, title: string, description?: string): JsonSchema {
  const required = schema.parameters.filter((parameter) => !parameter.optional && !parameter.hasDefault);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    ...(description === undefined ? {} : { description }),
    type: "object",
    properties: Object.fromEntries(
      schema.parameters.map((parameter) => [parameter.name, parameterJsonSchema(parameter)]),
    ),
    required: required.map(({ name }) => name),
    additionalProperties: schema.rest ? { type: "string" } : false,
  };
}

/** The parameters with values that a UDF has for them beside its code (`defaultParameters`, `setParameters`, `with`). */
export function withDefaults(schema: ParameterSchema, values: Record<string, unknown>): ParameterSchema {
  const parameters = schema.parameters.map((parameter) =>
    Object.hasOwn(values, parameter.name)
      ? { ...parameter, hasDefault: true, default: values[parameter.name] }
      : parameter,
  );
  return { ...schema, parameters };
}

function parameterJsonSchema(parameter: Parameter): JsonSchema {
  const base = typeJsonSchema(parameter.type);
  const schema: JsonSchema =
    parameter.optional && Object.keys(base).length > 0 ? { anyOf: [base, { type: "null" }] } : base;
  if (parameter.default !== undefined) schema["default"] = parameter.default;
  return schema;
}

function typeJsonSchema(type: ParameterType): JsonSchema {
  const number = { type: "number" };
  switch (type.kind) {
    case "string":
      return { type: "string" };
    case "int":
      return { type: "integer" };
    case "float":
      return number;
    case "boolean":
      return { type: "boolean" };
    case "bigint":
      return { type: ["integer", "string"], pattern: "^[+-]?\\d+$", "x-fused-type": "bigint" };
    case "uuid":
      return { type: "string", format: "uuid" };
    case "date":
      return { type: "string", format: "date-time" };
    case "json":
      return {};
    case "enum":
      return { type: "string", enum: type.values };
    case "list":
      return { type: "array" };
    case "dict":
      return { type: "object" };
    case "tuple":
      return { type: "array", minItems: type.length, maxItems: type.length };
    case "Bounds":
      return {
        type: "array",
        items: number,
        minItems: 4,
        maxItems: 4,
        description: "[west, south, east, north] in degrees",
        "x-fused-type": "Bounds",
      };
    case "TileXYZ": {
      const integer = { type: "integer", minimum: 0 };
      const properties = { x: integer, y: integer, z: integer };
      return { type: "object", properties, required: ["x", "y", "z"], "x-fused-type": "TileXYZ" };
    }
    case "DataFrame":
      return { type: "array", items: { type: "object" }, "x-fused-type": "DataFrame" };
    case "Geometry":
    case "Polygon":
    case "Bbox":
      return { type: ["object", "string"], description: "GeoJSON geometry or WKT", "x-fused-type": type.kind };
    case "TileGDF":
    case "ViewportGDF":
    case "GeoDataFrame":
      return { type: "object", description: "GeoJSON", "x-fused-type": type.kind };
  }
}
