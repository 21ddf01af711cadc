import { spatialKinds } from "./udf-frame.ts";
import type { HeaderModule, Parameter, ParameterSchema, ParameterType, SourceOrigin, UdfFrame } from "./udf-frame.ts";

/** What stands in a frame after its header. */
export type FramePayload = [
  name: string,
  source: string,
  carrier: UdfFrame["carrier"],
  entrypoint: string,
  parameters: ParameterSchema,
  headers: HeaderModule[],
  origin: SourceOrigin,
  metadata: Record<string, unknown>,
];

type Fields = Record<string, unknown>;

const plainKinds = ["string", "int", "float", "boolean", "bigint", "uuid", "date", "json", "list", "dict"];
const typeKinds = new Set([...plainKinds, ...spatialKinds, "enum", "tuple"]);

/** Checks a decoded payload field by field: the frame it holds, or what is wrong with it as text. */
export function readFramePayload(payload: unknown): UdfFrame | string {
  if (!Array.isArray(payload) || payload.length !== 8) return "it is not a tuple of eight fields";
  const [name, source, carrier, entrypoint, parameters, headers, origin, metadata] = payload as unknown[];
  if (typeof name !== "string") return "the name is not text";
  if (typeof source !== "string") return "the source is not text";
  if (carrier !== "inline" && carrier !== "file") return 'the carrier is neither "inline" nor "file"';
  if (typeof entrypoint !== "string") return "the entrypoint is not text";
  if (!isSchema(parameters)) return "the parameter schema has another shape";
  if (!Array.isArray(headers) || !headers.every(isHeader)) return "the header modules have another shape";
  if (!isOrigin(origin)) return "the origin has another shape";
  if (!isFields(metadata)) return "the metadata is not an object";
  return { name, source, carrier, entrypoint, parameters, headers, origin, metadata };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isSchema(value: unknown): value is ParameterSchema {
  if (!isFields(value)) return false;
  const { style, parameters, rest } = value;
  return (
    (style === "positional" || style === "object") &&
    typeof rest === "boolean" &&
    Array.isArray(parameters) &&
    parameters.every(isParameter)
  );
}

function isParameter(value: unknown): value is Parameter {
  if (!isFields(value)) return false;
  return (
    typeof value.name === "string" &&
    typeof value.optional === "boolean" &&
    typeof value.hasDefault === "boolean" &&
    isParameterType(value.type)
  );
}

function isParameterType(value: unknown): value is ParameterType {
  if (!isFields(value) || !typeKinds.has(value.kind as string)) return false;
  if (value.kind === "enum")
    return Array.isArray(value.values) && value.values.every((each) => typeof each === "string");
  return value.kind !== "tuple" || Number.isInteger(value.length);
}

function isHeader(value: unknown): value is HeaderModule {
  return isFields(value) && typeof value.moduleName === "string" && typeof value.source === "string";
}

function isOrigin(value: unknown): value is SourceOrigin {
  return isFields(value) && typeof value.name === "string" && Number.isInteger(value.firstLine);
}
