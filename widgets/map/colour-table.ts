import type { LayerStyle } from "./map-spec.ts";
import { channels } from "./css-colour.ts";
import { rampOf } from "./palette.ts";
import type { FeatureTable } from "./decode-features.ts";
import type { FeatureSet } from "./features.ts";
import { missingColour, resolveStyle } from "./vector-style.ts";
import type { Legend } from "./vector-style.ts";

export type Rgba = [red: number, green: number, blue: number, alpha: number];

/** The colour of each feature, and the legend that explains it. */
export interface FeatureColours {
  colourOf(index: number): Rgba;
  legend?: Legend;
}

/** Features that are looked at to settle a domain or the most frequent categories. */
const sampled = 20_000;
const steps = 256;

/**
 * Settles the colours of features as the static map does, from a sample of them, in a form that takes a million a frame.
 * @param domain what other tiles have settled on, where the style leaves it open
 * @param labels the categories of all tiles
 */
export function featureColours(
  table: FeatureTable,
  style: LayerStyle,
  domain?: [number, number],
  labels?: string[],
): FeatureColours {
  const every = Math.max(1, Math.ceil(table.count / sampled));
  const sample = Array.from({ length: Math.ceil(table.count / every) }, (_, i) => i * every);
  const color = cssColour(style.color);
  const known = style.colorBy === undefined || table.properties.includes(style.colorBy);
  const { colorBy, palette } = style;
  const resolved = resolveStyle(propertiesOf(table), sample, {
    colorBy: known ? colorBy : undefined,
    color,
    palette,
    domain: style.domain ?? domain,
    labels,
  });
  const { legend } = resolved;
  const plain = rgba(resolved.colourOf(0) ?? missingColour);
  const missing = rgba(missingColour);
  if (!legend || resolved.colorBy === undefined) return { colourOf: () => plain, legend };
  const by = resolved.colorBy;
  if (legend.kind === "categories") {
    const byLabel = new Map(legend.entries.map(([label, colour]) => [label, rgba(colour)]));
    return {
      legend,
      colourOf(index) {
        const value = table.property(index, by);
        return value === null ? missing : (byLabel.get(String(value)) ?? missing);
      },
    };
  }
  const ramp = Array.from({ length: steps }, (_, i) => rgba(legend.ramp(i / (steps - 1))));
  const [from, to] = legend.domain;
  const scale = to === from ? 0 : (steps - 1) / (to - from);
  const values = table.numbers(by);
  return {
    legend,
    colourOf(index) {
      const value = values ? values[index]! : Number(table.property(index, by) ?? NaN);
      if (Number.isNaN(value)) return missing;
      const step = scale === 0 ? steps >> 1 : Math.round((value - from) * scale);
      return ramp[step < 0 ? 0 : step >= steps ? steps - 1 : step]!;
    },
  };
}

function propertiesOf({ count, properties, property }: FeatureTable): FeatureSet {
  return { count, properties, property, geometry: () => null };
}

/** Colours of a band of numbers: 256 steps of red, green and blue between the ends of a domain. */
export function bandTable(palette: string | string[]): Uint8Array {
  const ramp = rampOf(palette);
  const table = new Uint8Array(3 * steps);
  for (let i = 0; i < steps; i++) table.set(channels(ramp(i / (steps - 1))), 3 * i);
  return table;
}

export function rgba(colour: string): Rgba {
  return [...channels(colour), 255];
}

/** A colour of a style as CSS; deck.gl's lists of channels are understood. */
function cssColour(colour: string | number[] | undefined): string | undefined {
  if (!Array.isArray(colour)) return colour;
  return `rgb(${colour
    .slice(0, 3)
    .map((each) => Math.max(0, Math.min(255, Math.round(each))))
    .join(", ")})`;
}
