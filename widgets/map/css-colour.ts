import { color } from "d3-color";

/**
 * Red, green and blue of a CSS colour: `#rgb`, `#rrggbb`, `rgb(…)`, `hsl(…)` or a name.
 * @throws RangeError for what is none
 */
export function channels(colour: string): [red: number, green: number, blue: number] {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  if (short) return [17 * parseInt(short[1]!, 16), 17 * parseInt(short[2]!, 16), 17 * parseInt(short[3]!, 16)];
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16)];
  const numbers = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/.exec(colour);
  if (numbers) return [Number(numbers[1]), Number(numbers[2]), Number(numbers[3])];
  const named = color(colour)?.rgb().clamp();
  if (named && !Number.isNaN(named.r)) return [named.r, named.g, named.b];
  throw new RangeError(
    `"${colour}" is no colour: write a CSS colour, such as "#2a6", "rgb(34, 170, 102)" or "seagreen", or a list ` +
      "[red, green, blue] of 0 to 255.",
  );
}
