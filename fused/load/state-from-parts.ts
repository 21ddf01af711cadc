import type { UdfFrame } from "../../engine/udf-frame.ts";
import { UdfLoadError, UdfSyntaxError } from "../errors.ts";
import { metadataFromFile } from "../meta/metadata-names.ts";
import { nearestName } from "../nearest-name.ts";
import type { PythonFunction } from "../python/python-functions.ts";
import { pythonFunctions } from "../python/python-functions.ts";
import type { RunOptions } from "../run-options.ts";
import type { ParsedUdf } from "../source/parse-udf.ts";
import { parseInlineUdf, parseModuleUdf } from "../source/parse-udf.ts";
import { readUdfOptions } from "../udf-options.ts";
import type { UdfState } from "../udf-state.ts";
import type { LoadedUdf } from "./loaded-udf.ts";
import type { UdfParts } from "./udf-parts.ts";

/** What is read from a UDF's code. */
type CodeReading = Pick<UdfFrame, "source" | "carrier" | "entrypoint" | "parameters"> & {
  /** Name of the function, unless it is `udf` or has none. */
  name?: string;
  description?: string;
  runDefaults?: RunOptions;
  diskSizeGb?: number;
  region?: string;
  defaults?: Record<string, unknown>;
  warnings: string[];
};

/** Before a syntax error is mended nothing is known of the parameters: any may be given, and the run tells the error. */
function unreadCode(source: string, entrypoint: string): CodeReading {
  return {
    source,
    carrier: "file",
    entrypoint,
    parameters: { style: "positional", parameters: [], rest: true },
    warnings: [],
  };
}

/**
 * Reads the code of loaded files and puts the UDF together. A syntax error is no error here: the run shows it.
 * @param entrypoint the function to take, where the caller names one
 * @throws UdfLoadError where it is not clear which function is the UDF; UdfParameterError for an unsupported type
 */
export function stateFromParts(parts: UdfParts, isPinned: boolean | undefined, entrypoint?: string): UdfState {
  const { meta, place, language } = parts;
  const wanted = entrypoint ?? meta?.entrypoint;
  const fallback = meta?.name ?? parts.fallbackName ?? "udf";
  const read = language === "python" ? readPython(parts, wanted, fallback) : readTypeScript(parts, wanted, fallback);
  for (const warning of read.warnings) console.warn(warning);
  const name = meta?.name ?? read.name ?? fallback;
  const loaded: LoadedUdf = {
    place,
    isPinned,
    metaText: meta?.text,
    codeFile: parts.codeFile,
    codeText: parts.code,
    headerFiles: Object.fromEntries(
      (meta?.headers ?? []).flatMap((each) => ("file" in each.code ? [[each.moduleName, each.code.file]] : [])),
    ),
    readme: parts.readme,
  };
  const described = { name, slug: name.replace(/[^\p{L}\p{N}]+/gu, "_"), udfType: "auto" };
  const metadata = meta
    ? metadataFromFile(meta.metadata)
    : { ...described, ...(read.description !== undefined && { description: read.description }) };
  return {
    frame: {
      name,
      source: read.source,
      carrier: read.carrier,
      entrypoint: read.entrypoint,
      parameters: read.parameters,
      headers: parts.headers,
      origin: { name: parts.codeFile ?? name, firstLine: 1 },
      metadata,
    },
    language,
    loaded,
    defaults: { ...read.defaults, ...meta?.parameters },
    runDefaults: { ...read.runDefaults, ...meta?.runDefaults },
    diskSizeGb: read.diskSizeGb ?? meta?.diskSizeGb,
    region: read.region ?? meta?.region,
  };
}

function readTypeScript({ code, place }: UdfParts, wanted: string | undefined, name: string): CodeReading {
  try {
    const parsed = parseTypeScript(code, wanted, name);
    const { source, carrier, entrypoint, parameters, description, warnings } = parsed;
    const own = entrypoint === "default" || entrypoint === "udf" ? undefined : entrypoint;
    return { source, carrier, entrypoint, parameters, description, warnings, name: own };
  } catch (error) {
    if (!(error instanceof UdfSyntaxError)) throw error;
    if (error.line === undefined) throw new UdfLoadError(`${place}: ${error.message}`, { cause: error });
    return unreadCode(code, wanted ?? "default");
  }
}

/** A module with a function, or one function and nothing else, as `fused.udf` sends it. */
function parseTypeScript(code: string, wanted: string | undefined, name: string): ParsedUdf {
  const entrypoint = wanted === "default" ? undefined : wanted;
  try {
    const parsed = parseModuleUdf(code, { name, entrypoint });
    if (parsed.source === code) return parsed;
  } catch (error) {
    const inline = asInline(code, name);
    if (!inline) throw error;
    return inline;
  }
  const inline = asInline(code, name);
  if (inline) return inline;
  throw new UdfSyntaxError(`${name} has no function at top level, and a UDF is one.`, { udfName: name });
}

function asInline(code: string, name: string): ParsedUdf | undefined {
  try {
    return parseInlineUdf(code, { name });
  } catch {
    return undefined;
  }
}

function readPython({ code, place, meta }: UdfParts, wanted: string | undefined, name: string): CodeReading {
  const functions = pythonFunctions(code);
  const found = choosePython(functions, wanted, place);
  if (!found && meta) return unreadCode(code, wanted ?? "udf");
  if (!found) throw new UdfLoadError(`${place} has no function with the decorator @fused.udf: it is no UDF.`);
  const { name: own, parameters, description } = found;
  const options = Object.entries(found.udfOptions ?? {}).filter(([option]) => pythonOptions.has(option));
  const { defaultParameters, diskSizeGb, region, ...runDefaults } = readUdfOptions(
    Object.fromEntries(options.filter(([, value]) => value !== null)),
    `@fused.udf of ${name}`,
  );
  return {
    source: code,
    carrier: "file",
    entrypoint: own,
    parameters,
    description,
    runDefaults: runDefaults as RunOptions,
    diskSizeGb,
    region,
    defaults: defaultParameters,
    warnings: [],
    name: own === "udf" ? undefined : own,
  };
}

/** Options of the decorator that mean something here, too. */
const pythonOptions = new Set(["cacheMaxAge", "engine", "instanceType", "diskSizeGb", "region", "defaultParameters"]);

/** The function named, else the only UDF, else the one called `udf`. Of two with one name the later counts, as in Python. */
function choosePython(
  functions: PythonFunction[],
  wanted: string | undefined,
  place: string,
): PythonFunction | undefined {
  if (wanted !== undefined) {
    const named = functions.findLast(({ name }) => name === wanted);
    if (named || functions.length === 0) return named;
  }
  const udfs = functions.filter(({ udfOptions }) => udfOptions);
  const names = [...new Set(udfs.map(({ name }) => name))];
  if (wanted !== undefined && names.length > 0) {
    const nearest = nearestName(wanted, names);
    const advice = nearest ? `Did you mean ${nearest}?` : `It has ${names.join(", ")}.`;
    throw new UdfLoadError(`${place} has no function ${wanted}. ${advice}`);
  }
  if (names.length <= 1) return udfs.at(-1);
  const byName = udfs.findLast(({ name }) => name === "udf");
  if (byName) return byName;
  throw new UdfLoadError(
    `${place} has ${names.length} UDFs: ${names.join(", ")}. Say which one: fused.load(…, { entrypoint: "${names[0]}" }).`,
  );
}
