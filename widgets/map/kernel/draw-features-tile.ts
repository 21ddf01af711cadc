import { featureColours } from "../colour-table.ts";
import type { FeatureColours, Rgba } from "../colour-table.ts";
import { colourRule } from "../colour-rules.ts";
import type { FeatureTable } from "../decode-features.ts";
import type { LayerStyle } from "../map-spec.ts";
import { worldX, worldY } from "../mercator.ts";
import type { Tile } from "../mercator.ts";
import { loadCanvas } from "../../picture/canvas.ts";
import type { Context } from "../../picture/canvas.ts";
import type { EncodedContent } from "./encode-tile.ts";

const size = 256;

/** Draws the lines and areas of a layer in a tile, for pages whose processor would have to do it for each frame. */
export async function drawFeaturesTile(
  table: FeatureTable,
  style: LayerStyle,
  tile: Tile,
  isShown: (feature: number) => boolean = () => true,
): Promise<EncodedContent | undefined> {
  const canvasModule = await loadCanvas();
  const canvas = canvasModule.createCanvas(size, size);
  const context = canvas.getContext("2d");
  const colours: FeatureColours =
    style.fillColor === undefined ? featureColours(table, style) : colourRule(style.fillColor, table);
  const across = size * 2 ** tile.z;
  const toX = (longitude: number) => worldX(longitude) * across - tile.x * size;
  const toY = (latitude: number) => worldY(latitude) * across - tile.y * size;
  let any = false;
  const { areas, lines, points } = table;
  for (let i = 0; i < areas.ids.length; i++) {
    if (!isShown(areas.ids[i]!)) continue;
    context.beginPath();
    let isSeen = false;
    for (let ring = areas.starts[i]!; ring < areas.starts[i + 1]!; ring++) {
      isSeen =
        trace(context, areas.positions, areas.ringStarts[ring]!, areas.ringStarts[ring + 1]!, toX, toY) || isSeen;
    }
    if (!isSeen) continue;
    any = true;
    const colour = colours.colourOf(areas.ids[i]!);
    context.fillStyle = css(colour, 0.6);
    context.fill("evenodd");
    context.strokeStyle = css(colour, 0.95);
    context.lineWidth = style.width ?? 0.8;
    context.stroke();
  }
  for (let i = 0; i < lines.ids.length; i++) {
    if (!isShown(lines.ids[i]!)) continue;
    context.beginPath();
    if (!trace(context, lines.positions, lines.starts[i]!, lines.starts[i + 1]!, toX, toY)) continue;
    any = true;
    context.strokeStyle = css(colours.colourOf(lines.ids[i]!), 1);
    context.lineWidth = style.width ?? 1.8;
    context.stroke();
  }
  for (let i = 0; i < points.ids.length; i++) {
    const [x, y] = [toX(points.positions[2 * i]!), toY(points.positions[2 * i + 1]!)];
    if (x < -2 || x > size + 2 || y < -2 || y > size + 2 || !isShown(points.ids[i]!)) continue;
    any = true;
    context.fillStyle = css(colours.colourOf(points.ids[i]!), 1);
    context.fillRect(x - 1, y - 1, 2, 2);
  }
  if (!any) return undefined;
  return { content: { media: "image", mime: "image/png" }, buffers: [await canvas.encode("png")] };
}

/** Adds a line to the path. @returns whether its box touches the tile */
function trace(
  context: Context,
  positions: Float64Array,
  from: number,
  to: number,
  toX: (longitude: number) => number,
  toY: (latitude: number) => number,
): boolean {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = from; i < to; i++) {
    const [x, y] = [toX(positions[2 * i]!), toY(positions[2 * i + 1]!)];
    if (i === from) context.moveTo(x, y);
    else context.lineTo(x, y);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right >= 0 && left <= size && bottom >= 0 && top <= size;
}

function css([red, green, blue, alpha]: Rgba, share: number): string {
  return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255) * share})`;
}
