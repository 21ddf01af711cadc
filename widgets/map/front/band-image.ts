import { bandTable } from "../colour-table.ts";
import type { LayerStyle, NumbersContent } from "../map-spec.ts";
import type { Numbers } from "../numbers.ts";

/** What the colours of a band depend on. */
export interface BandLook {
  palette: string | string[];
  domain: [number, number];
  nodata?: number;
}

/** The look of a band of numbers; integers are stretched between the ends that the tiles so far have shown. */
export function bandLook(
  { palette, domain, nodata }: LayerStyle,
  head: NumbersContent,
  seen?: [number, number],
): BandLook {
  return {
    palette: palette ?? (head.aggregated ? "viridis" : "gray"),
    domain: domain ?? usualDomain(head, seen),
    nodata,
  };
}

function usualDomain({ dtype, extent }: NumbersContent, seen?: [number, number]): [number, number] {
  if (extent) return seen ?? extent;
  return dtype === "uint8" ? [0, 255] : [0, 1];
}

const tables = new Map<string, Uint8Array>();
const images = new WeakMap<Numbers, { key: string; image: ImageData }>();

/** The pixels of a band; made anew only where its look has changed. NaN and `nodata` are transparent. */
export function bandImage({ width, height }: NumbersContent, data: Numbers, look: BandLook): ImageData {
  const key = JSON.stringify(look);
  const made = images.get(data);
  if (made?.key === key) return made.image;
  const name = JSON.stringify(look.palette);
  let table = tables.get(name);
  if (!table) tables.set(name, (table = bandTable(look.palette)));
  const image = new ImageData(width, height);
  const pixels = image.data;
  const [from, to] = look.domain;
  const scale = to === from ? 0 : 255 / (to - from);
  for (let i = 0, at = 0; i < data.length; i++, at += 4) {
    const value = data[i]!;
    if (value === look.nodata || Number.isNaN(value)) continue;
    const level = Math.round((value - from) * scale);
    const place = 3 * (level < 0 ? 0 : level > 255 ? 255 : level);
    pixels[at] = table[place]!;
    pixels[at + 1] = table[place + 1]!;
    pixels[at + 2] = table[place + 2]!;
    pixels[at + 3] = 255;
  }
  images.set(data, { key, image });
  return image;
}
