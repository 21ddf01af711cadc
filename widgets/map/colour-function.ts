import { colourRule } from "./colour-rules.ts";
import { noFeatures } from "./decode-features.ts";
import { readColour } from "./viz-config.ts";

type Row = Record<string, unknown>;
/** The colour of a row. */
export type RowColour = (row: Row) => unknown;

/**
 * A colour function of Fused's `vizConfig` for rows of any kind: a property of a row, or of a Feature's `properties`.
 * @throws TypeError where the function lacks what it needs, RangeError for a palette that there is not
 */
export function colourFunction(value: unknown): RowColour {
  const rule = readColour(value);
  if (rule === undefined) {
    throw new TypeError(
      `The colour function ${String((value as Row)["@@function"])} lacks its attr, domain or property.`,
    );
  }
  let current: Row = {};
  const { colourOf } = colourRule(rule, { ...noFeatures, count: 1, property: (_, name) => propertyOf(current, name) });
  return (row) => {
    current = row;
    return colourOf(0);
  };
}

function propertyOf(row: Row, name: string): number | string | null {
  const { properties } = row as { properties?: Row };
  const value = Object.hasOwn(row, name) ? row[name] : properties?.[name];
  return typeof value === "number" || typeof value === "string" ? value : null;
}
