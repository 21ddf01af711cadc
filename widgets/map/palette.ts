import * as chromatic from "d3-scale-chromatic";

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
  throw new RangeError(`There is no palette "${palette}"; there are gray, ${[...ramps.keys()].join(", ")}.`);
}

/** The colours of categories, the most frequent first. */
export const categoryColours: readonly string[] = chromatic.schemeTableau10;

/** Red, green and blue of a CSS colour in one of the two forms that ramps give: `rgb(1, 2, 3)` and `#010203`. */
export function channels(colour: string): [red: number, green: number, blue: number] {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  if (short) return [17 * parseInt(short[1]!, 16), 17 * parseInt(short[2]!, 16), 17 * parseInt(short[3]!, 16)];
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16)];
  const numbers = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/.exec(colour);
  if (numbers) return [Number(numbers[1]), Number(numbers[2]), Number(numbers[3])];
  throw new RangeError(`The colour "${colour}" must be written #rrggbb or rgb(r, g, b) to colour a raster.`);
}
