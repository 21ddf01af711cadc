import { extent } from "d3-array";
import { rampOf } from "../map/palette.ts";
import type { Ramp } from "../map/palette.ts";
import { attributesOf } from "./attributes.ts";
import type { Attributes } from "./attributes.ts";
import { textOf } from "./axis.ts";

/** Numbers as colours, as plotly.js' `colorscale` has it. */
export interface ColourScale {
  title: string;
  ramp: Ramp;
  domain: [number, number];
}

/** Scales that plotly.js runs the other way than ColorBrewer and d3 do. */
const fromDark = new Set(["Greys", "YlGnBu", "Greens", "YlOrRd", "RdBu", "Blues"]);

/**
 * The scale that a marker or trace names.
 * @param numbers give its ends where it names none
 */
export function colourScale(from: Attributes, numbers: number[], title: string): ColourScale {
  const [least = 0, greatest = 1] = extent(numbers.filter(Number.isFinite)) as [number?, number?];
  const ramp = plotlyRamp(from.colorscale);
  return {
    title: textOf(attributesOf(from.colorbar).title) || title,
    ramp: from.reversescale === true ? (share) => ramp(1 - share) : ramp,
    domain: [Number(from.cmin ?? from.zmin ?? least), Number(from.cmax ?? from.zmax ?? greatest)],
  };
}

/** A colour scale by name or as a list of `[place, colour]`; Viridis for a name that d3 does not have. */
function plotlyRamp(scale: unknown): Ramp {
  if (Array.isArray(scale) && scale.every((stop) => Array.isArray(stop))) {
    const stops = (scale as [number, string][]).map(([at, colour]) => ({ at: Number(at), colour }));
    return (share) => blend(stops, share);
  }
  const name = typeof scale === "string" ? scale : "Viridis";
  try {
    const ramp = rampOf(name === "Jet" ? "turbo" : name);
    return fromDark.has(name) ? (share) => ramp(1 - share) : ramp;
  } catch {
    return rampOf("viridis");
  }
}

function blend(stops: { at: number; colour: string }[], share: number): string {
  const next = stops.findIndex(({ at }) => at >= share);
  const [to, from] = [stops[next < 0 ? stops.length - 1 : next]!, stops[Math.max(0, next - 1)]!];
  const between = to.at === from.at ? 0 : Math.round((100 * (share - from.at)) / (to.at - from.at));
  return mixColours(from.colour, to.colour, between / 100);
}

function mixColours(from: string, to: string, share: number): string {
  const parse = (colour: string): number[] => {
    const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
    if (hex) return hex.slice(1, 4).map((each) => parseInt(each, 16));
    return (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
  };
  const [a, b] = [parse(from), parse(to)];
  return `rgb(${a.map((value, i) => Math.round(value + ((b[i] ?? 0) - value) * share)).join(", ")})`;
}

/** The colour of a number on a scale; undefined for none. */
export function colourAt({ ramp, domain: [from, to] }: ColourScale, value: number | null): string | undefined {
  if (value === null || !Number.isFinite(value)) return undefined;
  return ramp(to === from ? 0.5 : Math.max(0, Math.min(1, (value - from) / (to - from))));
}
