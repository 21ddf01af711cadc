import { UdfLoadError } from "../errors.ts";

/** Version of the schema that all known `meta.json` files have (fused-spec.md 7.3). */
export const metaVersion = "0.0.3";

export type Language = "python" | "typescript";

/** `type` of the one UDF in a `meta.json`, by language. */
export const typeOfLanguage = { python: "geopandas_v2", typescript: "typescript_v1" } as const;

/** What a `meta.json` says of its UDF. */
export interface UdfMeta {
  language: Language;
  name: string | undefined;
  entrypoint: string | undefined;
  parameters: Record<string, unknown>;
  /** With the keys of the file. */
  metadata: Record<string, unknown>;
  /** Where the code is: a file beside, or here. */
  code: { file: string } | { text: string };
  headers: { moduleName: string; code: { file: string } | { text: string } }[];
  /** What stands for the runs of a TypeScript UDF, as a decorator's options do in Python (our own keys). */
  runDefaults: { cacheMaxAge?: string | number; engine?: string };
  diskSizeGb?: number;
  region?: string;
  /** The file's text, so that what this version does not know stays when the UDF is saved. */
  text: string;
}

type Fields = Record<string, unknown>;

/**
 * Reads a `meta.json`. Keys that are not known here are left alone.
 * @param place path or address of the file, for messages
 * @throws UdfLoadError saying what is wrong with it
 */
export function readMeta(text: string, place: string): UdfMeta {
  const document = parse(text, place);
  if (document["version"] !== metaVersion)
    throw wrong(place, "version", JSON.stringify(metaVersion), document["version"]);
  const job = fields(document["job_config"], place, "job_config");
  if ((job["version"] ?? metaVersion) !== metaVersion) {
    throw wrong(place, "job_config.version", JSON.stringify(metaVersion), job["version"]);
  }
  const { steps } = job;
  if (!Array.isArray(steps)) throw wrong(place, "job_config.steps", "a list", steps);
  if (steps.length !== 1) {
    throw new UdfLoadError(`${place}: a UDF has exactly one step; job_config.steps has ${steps.length}.`);
  }
  const step = fields(steps[0], place, "job_config.steps[0]");
  if (step["type"] !== "udf") throw wrong(place, "the step's type", '"udf"', step["type"]);
  const udf = fields(step["udf"], place, "the step's udf");
  const types = Object.entries(typeOfLanguage);
  const language = types.find(([, type]) => type === udf["type"])?.[0] as Language | undefined;
  if (!language)
    throw wrong(place, "udf.type", types.map(([, type]) => JSON.stringify(type)).join(" or "), udf["type"]);
  const headers = udf["headers"] ?? [];
  if (!Array.isArray(headers)) throw wrong(place, "udf.headers", "a list", headers);
  return {
    language,
    name: optionalText(udf["name"], place, "udf.name"),
    entrypoint: optionalText(udf["entrypoint"], place, "udf.entrypoint"),
    parameters: fields(udf["parameters"] ?? {}, place, "udf.parameters"),
    metadata: fields(udf["metadata"] ?? {}, place, "udf.metadata"),
    code: codeOf(udf["source"], udf["code"], place),
    headers: headers.map((header: unknown) => readHeader(header, place)),
    ...readRunKeys(udf),
    text,
  };
}

function readRunKeys(udf: Fields): Pick<UdfMeta, "runDefaults" | "diskSizeGb" | "region"> {
  const { cache_max_age: age, engine, disk_size_gb: disk, region } = udf;
  return {
    runDefaults: {
      ...((typeof age === "string" || typeof age === "number") && { cacheMaxAge: age }),
      ...(typeof engine === "string" && { engine }),
    },
    ...(typeof disk === "number" && { diskSizeGb: disk }),
    ...(typeof region === "string" && { region }),
  };
}

function parse(text: string, place: string): Fields {
  try {
    return fields(JSON.parse(text), place, "the document");
  } catch (error) {
    if (error instanceof UdfLoadError) throw error;
    throw new UdfLoadError(`${place} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

function codeOf(source: unknown, code: unknown, place: string): UdfMeta["code"] {
  const file = optionalText(source ?? undefined, place, "udf.source");
  const text = optionalText(code ?? undefined, place, "udf.code");
  if ((file === undefined) === (text === undefined)) {
    const found = file === undefined ? "it has neither" : "it has both";
    throw new UdfLoadError(
      `${place}: a UDF has either source, the name of its code file, or code, its text; ${found}.`,
    );
  }
  return file === undefined ? { text: text! } : { file };
}

function readHeader(header: unknown, place: string): UdfMeta["headers"][number] {
  const given = fields(header, place, "a header");
  const moduleName = optionalText(given["module_name"], place, "a header's module_name");
  const file = optionalText(given["source_file"] ?? undefined, place, "a header's source_file");
  const text = optionalText(given["source_code"] ?? undefined, place, "a header's source_code");
  if (moduleName === undefined) throw wrong(place, "a header's module_name", "text", undefined);
  if (text !== undefined) return { moduleName, code: { text } };
  if (file !== undefined) return { moduleName, code: { file } };
  throw new UdfLoadError(`${place}: the header ${moduleName} has neither source_file nor source_code.`);
}

function fields(value: unknown, place: string, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(place, what, "an object", value);
}

function optionalText(value: unknown, place: string, what: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw wrong(place, what, "text", value);
}

function wrong(place: string, what: string, expected: string, found: unknown): UdfLoadError {
  const shown = found === undefined ? "it is missing" : `it is ${JSON.stringify(found).slice(0, 60)}`;
  return new UdfLoadError(`${place}: ${what} must be ${expected}; ${shown}.`);
}
