import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ambientTypeNames, ambientTypes } from "../../fused/ambient-types.ts";

/** The SDK's declarations: its sources here, the ones that the build has made of them in dist/. */
const isSource = import.meta.url.endsWith(".ts");
const declarations = fileURLToPath(new URL(isSource ? "../../" : "./types/", import.meta.url)).replaceAll("\\", "/");
const ending = isSource ? ".ts" : ".d.ts";

/** Path of a module of the SDK, as an import specifier; undefined in a build without declarations. */
function sdkModule(name: "fused/index" | "fused/types" | "widgets/displays"): string | undefined {
  const path = `${declarations}${name}${ending}`;
  return existsSync(path) ? path : undefined;
}

/** The module in which the SDK's types stand, as an import specifier. */
export const sdkTypes = (): string | undefined => sdkModule("fused/index");

/** Text of the declaration file of what every cell sees beside JavaScript and Node. */
export function sessionTypes(): string {
  const index = sdkModule("fused/index");
  const types = sdkModule("fused/types");
  const displays = sdkModule("widgets/displays");
  return (
    own +
    (index && types && displays
      ? sdkGlobals(index, types, displays)
      : "declare var fused: any;\ndeclare type __fusedWorker = any;\n")
  );
}

function sdkGlobals(index: string, types: string, displays: string): string {
  const sdk = JSON.stringify(index);
  const names = [...ambientTypeNames].map((name) => `    type ${name} = import(${JSON.stringify(types)}).${name};`);
  // `ambientTypes` is a module's text; here everything is global as it stands.
  const globals = ambientTypes(types)
    .split("\n")
    .filter((line) => line.startsWith("  type "))
    .join("\n");
  return `
/** The SDK: UDFs, runs, pools, tiles, options; and what is shown and set on the page: tables, controls. */
declare var fused: typeof import(${sdk}).default & typeof import(${JSON.stringify(displays)});
declare namespace fused {
  namespace types {
${names.join("\n")}
  }
}
/** What a UDF has as \`fused\`: what the SDK has of the same name, and what only a run can do. */
declare type __fusedWorker = Pick<typeof import(${sdk}).default, Extract<keyof typeof import(${sdk}).default, ${workerNames}>> & {
  /** The bytes of a data file of the package vega-datasets, e.g. \`flights-3m.parquet\`. */
  dataset(name: string): Promise<ArrayBuffer>;
  [name: string]: any;
};
${globals.replace(/^ {2}type/gm, "declare type")}
declare module "fused-kernel" {
  export * from ${sdk};
  export { default } from ${sdk};
}
`;
}

/** Members of the SDK that a UDF's `fused` has as well (engine/isolate). */
const workerNames = ["tiles", "cache", "download", "filePath", "context", "secrets", "sql", "types"]
  .map((name) => JSON.stringify(name))
  .join(" | ");

const own = `
/**
 * Shows a value in the cell's output, as a cell's last value would be shown.
 * @param options.id a name for the display; with \`update\` the value takes the place of what is shown under it
 * @param options.raw the value is already an object by mime type
 */
declare function display(value: unknown, options?: { id?: string; update?: boolean; raw?: boolean }): Promise<{
  id: string;
  /** Shows another value in its place, wherever it stands. */
  update(value: unknown, options?: { raw?: boolean }): Promise<void>;
}>;
/** Clears the cell's output; with \`wait\` only when the next output comes. */
declare function clearOutput(options?: { wait?: boolean }): void;
/** Asks for a line and holds the cell until it comes. */
declare function prompt(text?: string, preset?: string): string | null;
/** Asks a question that y or yes answers with true. */
declare function confirm(text?: string): boolean;
/** Asks for a line; other cells and timers go on meanwhile. */
declare function input(text?: string, options?: { password?: boolean }): Promise<string>;
declare var __fused: {
  magic(...use: unknown[]): Promise<any>;
  shell(command: string, capture: true): Promise<string[]>;
  shell(command: string, capture: boolean): Promise<any>;
  help(name: string, detail: number): Promise<void>;
};
`;
