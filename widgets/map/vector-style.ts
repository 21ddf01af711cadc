import { categoryColours, rampOf } from "./palette.ts";
import type { Ramp } from "./palette.ts";
import type { FeatureSet } from "./features.ts";

/** How features look. */
export interface VectorStyle {
  /** Property that colours the features: numbers by a ramp, anything else by category. Default: the obvious one. */
  colorBy?: string;
  /** One CSS colour for all. */
  color?: string;
  /** Categories in the order in which they take colours. Default: the most frequent first. */
  labels?: string[];
  /** The CSS colour of each feature, worked out by somebody else; undefined: the one for all. */
  colours?: (string | undefined)[];
  /** Ramp for numbers (see palette.ts), default `viridis`; a list of colours serves categories too. */
  palette?: string | string[];
  /** Values at the ends of the ramp. Default: those in the data, without the outermost 2 % where these lie far out. */
  domain?: [number, number];
  /** Radius of points, CSS pixels. Default: by how many there are. */
  radius?: number;
  /** Width of lines, CSS pixels. */
  width?: number;
  /** False: areas without outlines. */
  stroked?: boolean;
  /** 0 to 1. */
  opacity?: number;
}

export type Legend =
  | { kind: "ramp"; title: string; ramp: Ramp; domain: [number, number]; isCut: [below: boolean, above: boolean] }
  | { kind: "categories"; title: string; entries: [label: string, colour: string][] };

export interface ResolvedStyle {
  /** A CSS colour; undefined where the value is missing. */
  colourOf(index: number): string | undefined;
  colorBy?: string;
  legend?: Legend;
}

/** The colour of features that nothing tells apart, and of those whose value is missing. */
export const plainColour = "#2f6fd0";
export const missingColour = "#9aa3ab";

const idNames = /(^|_)(id|fid|gid|uid|code|fips|geoid|index|year|zip|iso\d?)$|^objectid$/i;
const obviousNames =
  /^(val(ue)?|mag(nitude)?|count|cnt|n|total|pop(ulation)?|density|mean|avg|temp(erature)?|elevation|height|depth|area)$/i;
const sampled = 1_000;
const mostCategories = 8;

/**
 * Settles the colours of some features. Numbers go through a ramp, other values are categories; without `colorBy` or
 * `color` the obvious numeric property is taken, which is the only one, or one that is named like a measure.
 * @throws TypeError where `colorBy` names no property
 */
export function resolveStyle(features: FeatureSet, indexes: number[], style: VectorStyle): ResolvedStyle {
  if (features.count > 0 && style.colorBy !== undefined && !features.properties.includes(style.colorBy)) {
    throw new TypeError(
      `The style is coloured by "${style.colorBy}", which is no property; ` +
        `there are ${features.properties.join(", ") || "none"}.`,
    );
  }
  const { color = plainColour, colours } = style;
  if (colours) return { colourOf: (index) => colours[index] ?? color };
  const colorBy = style.colorBy ?? (style.color === undefined ? obviousProperty(features, indexes) : undefined);
  if (colorBy === undefined) return { colourOf: () => color };
  const values = indexes.map((index) => features.property(index, colorBy));
  const present = values.filter((value) => value !== null && value !== undefined);
  const isNumeric = present.every((value) => typeof value === "number" || typeof value === "bigint");
  if (present.length === 0) return { colourOf: () => undefined, colorBy };
  const resolved = isNumeric ? byNumber(colorBy, present.map(Number), style) : byCategory(colorBy, present, style);
  return { colorBy, legend: resolved.legend, colourOf: (index) => resolved.colour(features.property(index, colorBy)) };
}

/** The only property with numbers that differ, or one that is named like a measure. */
export function obviousProperty(
  features: Pick<FeatureSet, "properties" | "property">,
  indexes: number[],
): string | undefined {
  const some = indexes.slice(0, sampled);
  const numeric = features.properties.filter((name) => {
    if (idNames.test(name)) return false;
    const values = some.map((index) => features.property(index, name)).filter((value) => value != null);
    return values.length > 0 && values.every((value) => typeof value === "number") && new Set(values).size > 1;
  });
  return numeric.length === 1 ? numeric[0] : numeric.find((name) => obviousNames.test(name));
}

interface Colouring {
  colour(value: unknown): string | undefined;
  legend: Legend;
}

function byNumber(title: string, values: number[], style: VectorStyle): Colouring {
  const ramp = rampOf(style.palette ?? "viridis");
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  const [least, greatest] = [finite[0] ?? 0, finite.at(-1) ?? 1];
  const domain = style.domain ?? innerRange(finite);
  const [from, to] = domain;
  return {
    colour(value) {
      if (value === null || value === undefined || !Number.isFinite(Number(value))) return undefined;
      const share = to === from ? 0.5 : (Number(value) - from) / (to - from);
      return ramp(Math.max(0, Math.min(1, share)));
    },
    legend: { kind: "ramp", title, ramp, domain, isCut: [least < Math.min(from, to), greatest > Math.max(from, to)] },
  };
}

/** All values, or their middle 96 % where the rest lies so far out that it would take the colours from most. */
function innerRange(sorted: number[]): [number, number] {
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [least, low, high, greatest] = [at(0), at(0.02), at(0.98), at(1)];
  return high > low && greatest - least > 4 * (high - low) ? [low, high] : [least, greatest];
}

function byCategory(title: string, values: unknown[], style: VectorStyle): Colouring {
  const colours = Array.isArray(style.palette) ? style.palette : categoryColours;
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const labels = style.labels ?? [...counts].sort((a, b) => b[1] - a[1]).map(([label]) => label);
  const byLabel = new Map(labels.slice(0, mostCategories).map((label, i) => [label, colours[i % colours.length]!]));
  const entries: [string, string][] = [...byLabel];
  const others = labels.length - byLabel.size;
  if (others > 0) entries.push([`${others} others`, missingColour]);
  return {
    colour: (value) =>
      value === null || value === undefined ? undefined : (byLabel.get(String(value)) ?? missingColour),
    legend: { kind: "categories", title, entries },
  };
}
