/** A picture of at most 256 colours: three bytes a colour, one byte a pixel. */
export interface IndexedPicture {
  width: number;
  height: number;
  palette: Uint8Array;
  pixels: Uint8Array;
}

/** Colours are told apart by this many bits a channel. */
const bits = 6;
const binCount = 1 << (3 * bits);

/**
 * Brings an opaque picture down to so many colours by median cut (P. Heckbert, "Color image quantization for frame
 * buffer display", 1982), without dithering: areas stay flat, which is what makes the PNG small.
 */
export function quantize(
  rgba: Uint8ClampedArray | Uint8Array,
  width: number,
  height: number,
  colours = 256,
): IndexedPicture {
  const bins = countBins(rgba);
  const boxes = cutBoxes(bins, colours);
  const palette = new Uint8Array(boxes.length * 3);
  const indexOfBin = new Uint8Array(binCount);
  boxes.forEach((box, index) => {
    let weight = 0;
    const sums = [0, 0, 0];
    for (const bin of box.members) {
      indexOfBin[bin] = index;
      weight += bins.counts[bin]!;
      for (let channel = 0; channel < 3; channel++) sums[channel]! += bins.sums[3 * bin + channel]!;
    }
    for (let channel = 0; channel < 3; channel++) palette[3 * index + channel] = Math.round(sums[channel]! / weight);
  });
  const pixels = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < pixels.length; i++, at += 4) pixels[i] = indexOfBin[binOf(rgba, at)]!;
  return { width, height, palette, pixels };
}

interface Bins {
  counts: Uint32Array;
  sums: Float64Array;
}

interface Box {
  members: Uint32Array;
  /** The channel that spreads widest, how far, and how many pixels there are. */
  channel: number;
  spread: number;
  weight: number;
}

function binOf(rgba: Uint8ClampedArray | Uint8Array, at: number): number {
  const shift = 8 - bits;
  return ((rgba[at]! >> shift) << (2 * bits)) | ((rgba[at + 1]! >> shift) << bits) | (rgba[at + 2]! >> shift);
}

function countBins(rgba: Uint8ClampedArray | Uint8Array): Bins {
  const counts = new Uint32Array(binCount);
  const sums = new Float64Array(binCount * 3);
  for (let at = 0; at < rgba.length; at += 4) {
    const bin = binOf(rgba, at);
    counts[bin]!++;
    sums[3 * bin]! += rgba[at]!;
    sums[3 * bin + 1]! += rgba[at + 1]!;
    sums[3 * bin + 2]! += rgba[at + 2]!;
  }
  return { counts, sums };
}

function cutBoxes(bins: Bins, colours: number): Box[] {
  const present: number[] = [];
  for (let bin = 0; bin < binCount; bin++) if (bins.counts[bin]) present.push(bin);
  const boxes = [measure(Uint32Array.from(present), bins)];
  while (boxes.length < colours) {
    let widest: Box | undefined;
    for (const box of boxes) if (box.spread > 0 && (!widest || importance(box) > importance(widest))) widest = box;
    if (!widest) break;
    boxes.splice(boxes.indexOf(widest), 1, ...split(widest, bins));
  }
  return boxes;
}

function importance({ spread, weight }: Box): number {
  return spread * spread * Math.sqrt(weight);
}

function level(bin: number, channel: number): number {
  return (bin >> ((2 - channel) * bits)) & ((1 << bits) - 1);
}

function measure(members: Uint32Array, { counts }: Bins): Box {
  let [channel, spread, weight] = [0, 0, 0];
  for (const bin of members) weight += counts[bin]!;
  for (let each = 0; each < 3; each++) {
    let [least, greatest] = [Infinity, -Infinity];
    for (const bin of members) {
      const value = level(bin, each);
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    if (greatest - least > spread) [channel, spread] = [each, greatest - least];
  }
  return { members, channel, spread, weight };
}

function split({ members, channel, weight }: Box, bins: Bins): [Box, Box] {
  members.sort((a, b) => level(a, channel) - level(b, channel));
  let passed = 0;
  let middle = 1;
  for (; middle < members.length - 1; middle++) {
    passed += bins.counts[members[middle - 1]!]!;
    if (passed >= weight / 2) break;
  }
  return [measure(members.slice(0, middle), bins), measure(members.slice(middle), bins)];
}
