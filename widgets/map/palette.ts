import * as chromatic from "d3-scale-chromatic";
import { nearestName } from "../../engine/nearest-name.ts";

/** A colour for each place from 0 to 1. */
export type Ramp = (share: number) => string;

const ramps = new Map(
  Object.entries(chromatic)
    .filter(([name]) => name.startsWith("interpolate"))
    .map(([name, ramp]) => [name.slice("interpolate".length).toLowerCase(), ramp as Ramp]),
);
const grey: Ramp = (share) => {
  const level = Math.round(255 * share);
  return `rgb(${level}, ${level}, ${level})`;
};

/**
 * A colour ramp by its name, large or small letters: `viridis`, `magma`, `YlGnBu` and the others of
 * d3-scale-chromatic, or `gray`. A name that ends in `_r` is the ramp backwards. A list of CSS colours is a ramp of
 * these in steps.
 * @throws RangeError for a name that is none
 */
export function rampOf(palette: string | string[]): Ramp {
  if (Array.isArray(palette)) {
    if (palette.length === 0) throw new RangeError("A palette needs at least one colour; this list is empty.");
    return (share) => palette[Math.min(palette.length - 1, Math.floor(share * palette.length))]!;
  }
  const name = palette.toLowerCase();
  if (name.endsWith("_r")) {
    const ramp = rampOf(name.slice(0, -2));
    return (share) => ramp(1 - share);
  }
  const ramp = name === "gray" || name === "grey" ? grey : ramps.get(name);
  if (ramp) return ramp;
  const known = ["gray", ...ramps.keys()];
  const nearest = nearestName(name, known);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new RangeError(`There is no palette "${palette}".${meant} There are ${known.join(", ")}.`);
}

/** The colours of categories, the most frequent first. */
export const categoryColours: readonly string[] = chromatic.schemeTableau10;
