import { tileBounds } from "./mercator.ts";
import type { Bounds } from "./mercator.ts";

const letters = "0123456789bcdefghjkmnpqrstuvwxyz";

/** The box of a quadkey or a geohash; undefined where the text is none. */
export function cellBox(kind: "quadkey" | "geohash", text: string): Bounds | undefined {
  return kind === "quadkey" ? quadkeyBox(text) : geohashBox(text.toLowerCase());
}

/** Bing's quadkeys: a digit a zoom level, whose bits are x and y. */
function quadkeyBox(text: string): Bounds | undefined {
  if (!/^[0-3]{1,30}$/.test(text)) return undefined;
  let [x, y] = [0, 0];
  for (const digit of text) {
    x = 2 * x + (Number(digit) & 1);
    y = 2 * y + (Number(digit) >> 1);
  }
  return tileBounds({ z: text.length, x, y });
}

/** Five bits a letter, which halve longitude and latitude in turn. */
function geohashBox(text: string): Bounds | undefined {
  if (text === "" || ![...text].every((letter) => letters.includes(letter))) return undefined;
  const box = [-180, 180, -90, 90];
  let isLongitude = true;
  for (const letter of text) {
    for (let bit = 4; bit >= 0; bit--) {
      const at = isLongitude ? 0 : 2;
      const middle = (box[at]! + box[at + 1]!) / 2;
      box[(letters.indexOf(letter) >> bit) & 1 ? at : at + 1] = middle;
      isLongitude = !isLongitude;
    }
  }
  return [box[0]!, box[2]!, box[1]!, box[3]!];
}
