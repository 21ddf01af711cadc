/**
 * Sorts row numbers by a number each, stably: equal ones stay in the order they come in, so that several columns are sorted
 * by calling this for the last one first. NaN comes last in both directions.
 *
 * A radix sort of the doubles' bits, 16 at a time: its time grows with the count of rows alone, and it needs no comparisons.
 * @param ids row numbers; changed in place
 * @param keys by row number
 */
export function sortByNumbers(ids: Uint32Array, keys: Float64Array, descending: boolean): void {
  const count = ids.length;
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  const bits = new DataView(new ArrayBuffer(8));
  const inverted = descending ? 0xffffffff : 0;
  for (let i = 0; i < count; i++) {
    const key = keys[ids[i]!]!;
    if (key !== key) {
      low[i] = 0xffffffff;
      high[i] = 0xffffffff;
      continue;
    }
    // Adding zero makes −0 and 0 equal.
    bits.setFloat64(0, key + 0);
    const top = bits.getUint32(0);
    const flip = top >>> 31 === 1 ? 0xffffffff : 0;
    high[i] = (top ^ (flip | 0x80000000) ^ inverted) >>> 0;
    low[i] = (bits.getUint32(4) ^ flip ^ inverted) >>> 0;
  }
  let from: { ids: Uint32Array; low: Uint32Array; high: Uint32Array } = { ids, low, high };
  let to: typeof from = { ids: new Uint32Array(count), low: new Uint32Array(count), high: new Uint32Array(count) };
  for (const [word, shift] of [
    ["low", 0],
    ["low", 16],
    ["high", 0],
    ["high", 16],
  ] as const) {
    const digits = from[word];
    const starts = new Uint32Array(65537);
    for (let i = 0; i < count; i++) starts[((digits[i]! >>> shift) & 0xffff) + 1]!++;
    // One digit for all leaves the order as it is: whole numbers have many zero bits.
    if (starts.includes(count)) continue;
    for (let digit = 0; digit < 65536; digit++) starts[digit + 1]! += starts[digit]!;
    for (let i = 0; i < count; i++) {
      const place = starts[(digits[i]! >>> shift) & 0xffff]!++;
      to.ids[place] = from.ids[i]!;
      to.low[place] = from.low[i]!;
      to.high[place] = from.high[i]!;
    }
    [from, to] = [to, from];
  }
  if (from.ids !== ids) ids.set(from.ids);
}
