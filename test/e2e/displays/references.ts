import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCanvas, loadImage, type Canvas } from "@napi-rs/canvas";
import { encodePng } from "../../../widgets/picture/png.ts";
import { quantize } from "../../../widgets/picture/quantize.ts";

const folder = join(import.meta.dirname, "..", "references");
/** Looked at once more, the pictures are written anew. */
const rewrites = process.env.FUSED_UPDATE_REFERENCES === "1";
/** References are kept this wide, CSS pixels. */
const width = 320;
/** Left out all round, CSS pixels: there a neighbour's border shows or not, as the page is scrolled by half a pixel. */
const edge = 2;
/** Pictures are compared in blocks: letters of another font, and edges smoothed otherwise, vanish in them. */
const blocks = { across: 32, down: 24 };
/**
 * Greatest difference of the mean, and of more than one block in thirty, out of 255; and of all of it, measured by what
 * stands out from the ground: a table is white for the most part.
 */
const tolerance = { mean: 7, block: 44, share: 1 / 30, ink: 0.6, height: 0.12 };

/**
 * Compares a picture with the one that is kept under a name.
 * @returns what differs; undefined where they are alike
 */
export async function differsFrom(name: string, png: Buffer): Promise<string | undefined> {
  const path = join(folder, `${name}.png`);
  const image = await loadImage(png);
  if (rewrites) {
    mkdirSync(folder, { recursive: true });
    const small = scaled(image, width, Math.max(1, Math.round((image.height * width) / image.width)));
    const { data } = small.getContext("2d").getImageData(0, 0, small.width, small.height);
    writeFileSync(path, await encodePng(quantize(data, small.width, small.height, 64), 1));
    return undefined;
  }
  if (!existsSync(path)) return `there is no reference ${path}: FUSED_UPDATE_REFERENCES=1 writes it`;
  const kept = await loadImage(readFileSync(path));
  const [shape, keptShape] = [image, kept].map((each) => each.height / each.width) as [number, number];
  if (Math.abs(shape / keptShape - 1) > tolerance.height) {
    return `its shape: ${image.width} × ${image.height}, not that of ${kept.width} × ${kept.height}`;
  }
  const [found, wanted] = [image, kept].map((each) => blocksOf(each, (edge / image.width) * each.width)) as [
    Block[],
    Block[],
  ];
  const apart = found.map((block, i) => distance(block, wanted[i]!));
  const ground = commonest(wanted);
  const ink = sum(wanted.map((block) => distance(block, ground)));
  const [count, far] = [apart.length, apart.filter((each) => each > tolerance.block).length];
  const [mean, ofInk] = [sum(apart) / count, sum(apart) / Math.max(ink, 1)];
  if (mean <= tolerance.mean && far / count <= tolerance.share && ofInk <= tolerance.ink) return undefined;
  return (
    `its colours: by ${mean.toFixed(1)} of 255 in the mean, much in ${far} of ${count} blocks, ` +
    `by ${Math.round(ofInk * 100)} % of what stands out`
  );
}

/** Mean red, green and blue of a part of a picture. */
type Block = [number, number, number];

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const distance = (a: Block, b: Block): number => Math.max(...a.map((value, band) => Math.abs(value - b[band]!)));

/** The colour that most blocks have, roughly. */
function commonest(all: Block[]): Block {
  const groups = Object.values(Object.groupBy(all, (block) => block.map((value) => Math.round(value / 8)).join()));
  return groups.sort((a, b) => b!.length - a!.length)[0]![0]!;
}

type Image = Awaited<ReturnType<typeof loadImage>>;

function scaled(image: Image, across: number, down: number, inset = 0): Canvas {
  const canvas = createCanvas(across, down);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, across, down);
  context.drawImage(image, inset, inset, image.width - 2 * inset, image.height - 2 * inset, 0, 0, across, down);
  return canvas;
}

function blocksOf(image: Image, inset: number): Block[] {
  const size = 10;
  const canvas = scaled(image, blocks.across * size, blocks.down * size, inset);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const means = Array.from({ length: blocks.across * blocks.down }, (): Block => [0, 0, 0]);
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const mean = means[Math.floor(y / size) * blocks.across + Math.floor(x / size)]!;
      const at = (y * canvas.width + x) * 4;
      for (const band of [0, 1, 2] as const) mean[band] += data[at + band]! / (size * size);
    }
  }
  return means;
}
