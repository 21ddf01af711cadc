import type { Parameter, ParameterType } from "../../engine/udf-frame.ts";
import { formats } from "../../fused/formats/index.ts";
import { tileParameter } from "../../fused/tile-arguments.ts";
import type { TokenRow } from "../tokens/token-store.ts";
import type { UdfRow } from "../udfs/udf-record.ts";
import type { RunnableUdf } from "./known-udfs.ts";
import { controlNames } from "./read-query.ts";

/**
 * OpenAPI 3.1 document of a shared UDF: its parameters with their types and defaults, and the formats it answers in. Values that
 * are lists or objects are JSON in the query, which OpenAPI tells by `content`. A control that has the name of one of the UDF's own
 * parameters stands under the name that is left to it, `_format`.
 */
export function openApiOf(
  { name, frame }: RunnableUdf,
  { version }: Pick<UdfRow, "version">,
  { access_scope, passcode }: Pick<TokenRow, "access_scope" | "passcode">,
  tokenUrl: string,
): object {
  const taker = tileParameter(frame.parameters);
  const { description } = frame.metadata;
  const own = frame.parameters.parameters;
  const taken = new Set(own.map((each) => each.name));
  const control = controlNames
    .filter((each) => each !== "fused_session_token" && each !== "error_tile")
    .map((each) => inQuery(taken.has(each) ? `_${each}` : each, controls[each].schema, controls[each].description));
  const errorTile = inQuery(taken.has("error_tile") ? "_error_tile" : "error_tile", flag, "An error as a picture.");
  const isOpen = access_scope === "public" && passcode === null;
  const responses = {
    200: {
      description: "The UDF's value in the format that was asked for.",
      headers: {
        ETag: header("Of the body"),
        "X-Fused-Request-Id": header("Of this request"),
        "X-Fused-Metadata": header("Base64url JSON: times, stdout, stderr"),
        "X-Fused-Ignored-Parameters": header("Names in the query that the UDF does not declare"),
      },
      content: Object.fromEntries(Object.values(formats).map(({ mediaType }) => [mediaType, {}])),
    },
    304: { description: "What If-None-Match names is still good." },
    400: error("The request cannot be read."),
    ...(!isOpen && { 401: error("Nobody is logged in, or the session is over.") }),
    403: error("The token is disabled, or for others."),
    404: error("There is no such token."),
    422: error("A parameter does not fit, the UDF threw, or its value has no such format."),
    429: error("The quota is used up: Retry-After says for how long."),
    503: error("The service is busy or ending: Retry-After says when to ask again."),
    504: error("The run took longer than it may."),
    507: error("The result is larger than what can be held in memory."),
  };
  const inPath = (each: string) => ({
    name: each,
    in: "path",
    required: true,
    schema: { type: "integer", minimum: 0, ...(each === "z" && { maximum: 28 }) },
  });
  const security = securityOf(access_scope, passcode !== null);
  return {
    openapi: "3.1.0",
    info: { title: name, version: String(version), ...(typeof description === "string" && { description }) },
    servers: [{ url: tokenUrl }],
    ...security.top,
    paths: {
      "/run/file": { get: { operationId: "file", parameters: [...own.map(parameterOf), ...control], responses } },
      ...(taker && {
        "/run/tiles/{z}/{x}/{y}": {
          get: {
            operationId: "tile",
            parameters: [
              ...["z", "x", "y"].map(inPath),
              ...own.filter((each) => each !== taker).map(parameterOf),
              ...control,
              errorTile,
            ],
            responses: { ...responses, 204: { description: "There is nothing in this tile." } },
          },
        },
      }),
    },
    components: { schemas: { Error: errorSchema }, ...security.components },
  };
}

const flag = { type: "boolean" };
const formatNames = Object.keys(formats).join(", ");

const controls = {
  format: {
    schema: { type: "string" },
    description: `One of ${formatNames}; of several with commas the first that fits.`,
  },
  dtype_out_vector: { schema: { type: "string" }, description: "The same, where the value is a table." },
  dtype_out_raster: { schema: { type: "string" }, description: "The same, where the value is a raster." },
  cache_max_age: {
    schema: { type: "string" },
    description: "How old a kept result may be: 30s, 10m, 12h, 7d, or seconds; 0 for none.",
  },
  cache: { schema: { ...flag, default: true }, description: "False: no kept result." },
} as const;

/** How somebody shows that the token is for them; nothing for one that is for everybody. */
function securityOf(scope: TokenRow["access_scope"], hasPasscode: boolean) {
  const schemes = {
    ...(scope !== "public" && { bearer: { type: "http", scheme: "bearer" } }),
    ...(hasPasscode && {
      passcode: { type: "apiKey", in: "header", name: "X-Fused-Passcode", description: "The token's passcode." },
    }),
  };
  if (Object.keys(schemes).length === 0) return { top: { security: [] }, components: {} };
  const session = { type: "apiKey", in: "query", name: "fused_session_token" };
  const together = Object.fromEntries(Object.keys(schemes).map((each) => [each, []]));
  return {
    top: { security: [together, { session: [] }] },
    components: { securitySchemes: { ...schemes, session } },
  };
}

function parameterOf(parameter: Parameter): object {
  const { name, type, optional, hasDefault } = parameter;
  const facts = { name, in: "query", required: !optional && !hasDefault };
  const schema = schemaOf(type);
  const whole = "default" in parameter ? { ...schema, default: parameter.default } : schema;
  // Only these are read as they stand; what else there may be is JSON.
  if (typeof schema.type === "string" && !["array", "object"].includes(schema.type)) return { ...facts, schema: whole };
  return { ...facts, content: { "application/json": { schema: whole } } };
}

function schemaOf(type: ParameterType): { type?: string | string[]; [more: string]: unknown } {
  switch (type.kind) {
    case "int":
    case "bigint":
      return { type: "integer" };
    case "float":
      return { type: "number" };
    case "boolean":
      return { type: "boolean" };
    case "uuid":
      return { type: "string", format: "uuid" };
    case "date":
      return { type: "string", format: "date-time" };
    case "enum":
      return { type: "string", enum: type.values };
    case "string":
      return { type: "string" };
    case "list":
      return { type: "array" };
    case "tuple":
      return { type: "array", minItems: type.length, maxItems: type.length };
    case "dict":
      return { type: "object" };
    case "Bounds":
    case "Bbox":
      return {
        type: "array",
        items: { type: "number" },
        minItems: 4,
        maxItems: 4,
        description: "west, south, east, north",
      };
    case "TileXYZ":
      return { type: "object", description: "A map tile, { x, y, z }" };
    case "json":
      return { description: "Any JSON" };
    default:
      return { description: `${type.kind}, as GeoJSON or what it is made from` };
  }
}

const header = (description: string) => ({ description, schema: { type: "string" } });
const inQuery = (name: string, schema: object, description: string) => ({ name, in: "query", schema, description });

const errorSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["type", "message", "request_id"],
      properties: {
        type: { type: "string" },
        message: { type: "string" },
        line: { type: "integer" },
        stdout: { type: "string" },
        stderr: { type: "string" },
        request_id: { type: "string" },
      },
    },
  },
};

function error(description: string): object {
  return { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } };
}
