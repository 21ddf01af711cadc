import { inspect } from "node:util";
import type { SourceOrigin } from "../engine/udf-frame.ts";
import { UdfSyntaxError } from "./errors.ts";
import type { ParsedUdf } from "./source/parse-udf.ts";
import { parseInlineUdf, parseModuleUdf } from "./source/parse-udf.ts";
import type { UdfOptions } from "./udf-options.ts";
import { readHeaders, readUdfOptions } from "./udf-options.ts";
import type { UdfState } from "./udf-state.ts";
import { udfState } from "./udf-state.ts";

let sourceOf: (fn: object) => string | undefined = () => undefined;

/** Installs who knows the TypeScript text of a function; without one, what the function prints as is taken. */
export function setFunctionSourceProvider(provider: (fn: object) => string | undefined): void {
  sourceOf = provider;
}

/** A function or its text, as `fused.udf` takes it. */
export type UdfSource<Value> = ((...args: never[]) => Value | Promise<Value>) | string;

/** Reads what `fused.udf` takes: a function, its text, or a UDF that gets other options. */
export function stateFromSource(source: unknown, options?: unknown): UdfState {
  const read = readUdfOptions(options);
  const existing = udfState(source);
  if (existing) return withOptions(existing, read);
  if (typeof source === "string") return fromText(source, read);
  if (typeof source === "function") return fromFunction(source, read);
  throw new TypeError(`fused.udf takes a function or its source text; what came is ${inspect(source, { depth: 0 })}.`);
}

/** A `%%udf` cell. */
export interface UdfCell {
  name: string;
  /** The cell below the magic's line. */
  cellSource: string;
  /** Parameters of a bare body, as they stand on the magic's line. */
  parameterLine?: string;
  /** What the author calls the cell, and the number of the source's first line. */
  origin: SourceOrigin;
  options?: UdfOptions;
  /** Takes what the author should be told: names that will not exist on the worker, say. Default `console.warn`. */
  warn?: (text: string) => void;
}

/** Reads a `%%udf` cell. */
export function stateFromCell({ name, cellSource, parameterLine, origin, options, warn }: UdfCell): UdfState {
  const read = readUdfOptions(options, "%%udf");
  const parsed = parseModuleUdf(cellSource, { name, parameterLine, firstLine: origin.firstLine });
  return fromParsed(parsed, read, origin.name, warn);
}

function fromFunction(fn: object & { name: string }, options: UdfOptions): UdfState {
  const parsed = parseInlineUdf(sourceOf(fn) ?? String(fn), { name: options.name ?? (fn.name || undefined) });
  return fromParsed(parsed, options, `UDF ${parsed.name}`);
}

function fromText(text: string, options: UdfOptions): UdfState {
  const parsed = parseText(text, options.name);
  return { ...fromParsed(parsed, options, `UDF ${parsed.name}`), isText: true };
}

function parseText(text: string, name?: string): ParsedUdf {
  try {
    return parseInlineUdf(text, { name });
  } catch (error) {
    if (!(error instanceof UdfSyntaxError)) throw error;
    const parsed = parseModuleUdf(text, { name: name ?? "udf" });
    return { ...parsed, name: name ?? (parsed.entrypoint === "default" ? "udf" : parsed.entrypoint) };
  }
}

function fromParsed(parsed: ParsedUdf, options: UdfOptions, originName: string, warn = console.warn): UdfState {
  for (const warning of parsed.warnings) warn(warning);
  const { name, source, carrier, entrypoint, parameters, firstLine, description } = parsed;
  const metadata = { name, slug: slugOf(name), udfType: "auto", ...(description !== undefined && { description }) };
  const origin = { name: originName, firstLine };
  const frame = { name, source, carrier, entrypoint, parameters, headers: [], origin, metadata };
  return withOptions({ frame, defaults: {}, runDefaults: {} }, options);
}

function withOptions(state: UdfState, options: UdfOptions): UdfState {
  const { engine, cacheMaxAge, files, network, defaultParameters, headers, metadata } = options;
  const { frame } = state;
  const name = options.name ?? frame.name;
  return {
    ...state,
    frame: {
      ...frame,
      name,
      headers: headers ? readHeaders(headers) : frame.headers,
      metadata: { ...frame.metadata, ...(options.name !== undefined && { name, slug: slugOf(name) }), ...metadata },
    },
    defaults: { ...state.defaults, ...defaultParameters },
    runDefaults: {
      ...state.runDefaults,
      ...(engine !== undefined && { engine }),
      ...(cacheMaxAge !== undefined && { cacheMaxAge }),
      ...(files !== undefined && { files }),
      ...(network !== undefined && { network }),
    },
    diskSizeGb: options.diskSizeGb ?? state.diskSizeGb,
    region: options.region ?? state.region,
  };
}

function slugOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}]+/gu, "_");
}
