/**
 * What travels to a worker so that a UDF can run there: its source text and what is needed to call it.
 * `frame.ts` turns this into bytes and back.
 */
export interface UdfFrame {
  /** Name of the UDF, for messages and stack traces. */
  name: string;
  /** TypeScript source. `inline`: one function (expression or declaration). `file`: a whole module. */
  source: string;
  carrier: "inline" | "file";
  /** Carrier `file`: the name of the function to call (an exported or top-level name, or `default`). */
  entrypoint: string;
  /** How the function takes its parameters, and what each one is. */
  parameters: ParameterSchema;
  /** More modules, importable by name from the source. */
  headers: HeaderModule[];
  /** Where the source stands for its author: shown in stack traces, with `firstLine` added to the lines. */
  origin: SourceOrigin;
  /** Anything else the author's side wants to keep beside the code (plain JSON). */
  metadata: Record<string, unknown>;
}

export interface SourceOrigin {
  /** e.g. `%%udf quakes` or a file name. */
  name: string;
  /** Number of the source's first line as its author counts (1 where the source is the whole cell or file). */
  firstLine: number;
}

export interface HeaderModule {
  moduleName: string;
  source: string;
}

/** How a UDF is called: `f(a, b)` or `f({ a, b })`. */
export interface ParameterSchema {
  style: "positional" | "object";
  parameters: Parameter[];
  /** True where a rest parameter or an index signature takes every further name, as a string. */
  rest: boolean;
}

export interface Parameter {
  name: string;
  type: ParameterType;
  /** True for `p?: T`, `T | undefined`, `T | null`: absent, null and empty give none. */
  optional: boolean;
  /** True where the type has `| null`: none is then null; elsewhere it is the parameter left out. */
  nullable?: boolean;
  /** True where the function itself supplies a value when none is given. */
  hasDefault: boolean;
  /** The default as JSON, when it is a literal (for forms and help only; the function applies its own). */
  default?: unknown;
}

/** The types of fused-spec.md 1.3. */
export type ParameterType =
  | { kind: "string" | "int" | "float" | "boolean" | "bigint" | "uuid" | "date" | "json" }
  | { kind: "enum"; values: string[] }
  | { kind: "list" }
  | { kind: "dict" }
  | { kind: "tuple"; length: number }
  | { kind: "Bounds" | "Bbox" | "TileXYZ" | "TileGDF" | "ViewportGDF" }
  | { kind: "GeoDataFrame" | "DataFrame" | "Geometry" | "Polygon" };

/** Kinds of parameters that stand for a place or a table, not for one value. */
export const spatialKinds = [
  "Bounds",
  "Bbox",
  "TileXYZ",
  "TileGDF",
  "ViewportGDF",
  "GeoDataFrame",
  "DataFrame",
  "Geometry",
  "Polygon",
];
