/** Messages count a cursor in Unicode code points (messaging spec 5.2); JavaScript strings count UTF-16 units. */

export function toCodeUnits(text: string, codePoints: number): number {
  let units = 0;
  let seen = 0;
  for (const ch of text) {
    if (seen >= codePoints) break;
    seen++;
    units += ch.length;
  }
  return units;
}

export function toCodePoints(text: string, codeUnits: number): number {
  let count = 0;
  for (const _ of text.slice(0, codeUnits)) count++;
  return count;
}
