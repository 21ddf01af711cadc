import { isPlainObject } from "../plain-object.ts";

/** A chart in Vega's or Vega-Lite's JSON; `$schema` names which, and its version. */
export interface VegaSpec {
  $schema: string;
  [key: string]: unknown;
}

/** Language and major version of a schema's address. */
export const vegaSchema = /^https:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/;

export function isVegaSpec(value: unknown): value is VegaSpec {
  return isPlainObject(value) && typeof value.$schema === "string" && vegaSchema.test(value.$schema);
}
