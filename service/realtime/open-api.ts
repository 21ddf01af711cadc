import type { Parameter, ParameterType } from "../../engine/udf-frame.ts";
import { formats } from "../../fused/formats/index.ts";
import { tileParameter } from "../../fused/tile-arguments.ts";
import type { UdfRow } from "../udfs/udf-record.ts";
import type { RunnableUdf } from "./known-udfs.ts";

/** OpenAPI 3.1 document of a shared UDF: its parameters with their types and defaults, and the formats it answers in. */
export function openApiOf(
  { name, frame }: RunnableUdf,
  { version }: Pick<UdfRow, "version">,
  tokenUrl: string,
): object {
  const taker = tileParameter(frame.parameters);
  const { description } = frame.metadata;
  const own = frame.parameters.parameters;
  const responses = {
    200: {
      description: "The UDF's value in the format that was asked for.",
      headers: {
        ETag: text("Of the body"),
        "X-Fused-Request-Id": text("Of this request"),
        "X-Fused-Metadata": text("Base64url JSON: times, stdout, stderr"),
      },
      content: Object.fromEntries(Object.values(formats).map(({ mediaType }) => [mediaType, {}])),
    },
    304: { description: "What If-None-Match names is still good." },
    403: error("The token is disabled, or for others."),
    404: error("There is no such token."),
    422: error("A parameter does not fit, the UDF threw, or its value has no such format."),
    429: error("The quota is used up: Retry-After says for how long."),
    504: error("The run took longer than it may."),
  };
  const control = [
    inQuery(
      "format",
      { type: "string" },
      `One of ${Object.keys(formats).join(", ")}; of several with commas the first that fits.`,
    ),
    inQuery("cache_max_age", { type: "string" }, "How old a kept result may be: 30s, 10m, 12h, 7d; 0 for none."),
  ];
  const inPath = (each: string) => ({
    name: each,
    in: "path",
    required: true,
    schema: { type: "integer", minimum: 0 },
  });
  return {
    openapi: "3.1.0",
    info: { title: name, version: String(version), ...(typeof description === "string" && { description }) },
    servers: [{ url: tokenUrl }],
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
            ],
            responses: { ...responses, 204: { description: "There is nothing in this tile." } },
          },
        },
      }),
    },
  };
}

function parameterOf(parameter: Parameter): object {
  const { name, type, optional, hasDefault } = parameter;
  const given = "default" in parameter ? { default: parameter.default } : {};
  return { name, in: "query", required: !optional && !hasDefault, schema: { ...schemaOf(type), ...given } };
}

function schemaOf(type: ParameterType): object {
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
    default:
      return { type: "string", description: `${type.kind}, as JSON` };
  }
}

const text = (description: string) => ({ description, schema: { type: "string" } });
const inQuery = (name: string, schema: object, description: string) => ({ name, in: "query", schema, description });

function error(description: string): object {
  const message = {
    type: "object",
    properties: { error: { type: "object", properties: { type: { type: "string" }, message: { type: "string" } } } },
  };
  return { description, content: { "application/json": { schema: message } } };
}
