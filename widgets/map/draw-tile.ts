import { font, haloText } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import { cut } from "../table/cell-text.ts";
import type { Frame } from "./clip.ts";
import { tileBounds } from "./mercator.ts";
import type { Tile } from "./mercator.ts";
import type { Theme } from "./theme.ts";
import { copiesIn, pixelX, pixelY } from "./view.ts";
import type { View } from "./view.ts";

/** Tiles smaller than this, in CSS pixels, get no label, and those smaller than the second no outline. */
const leastLabelled = 64;
const leastOutlined = 9;
/** In a mosaic, tabs on smaller tiles would hide the picture. */
const leastTabbed = 120;

const tabHeight = 17;

/** A tile's outline, its z/x/y on a tab, and the text or the error that it gave. */
export function drawTile(
  context: Context,
  view: View,
  { z, x, y, error, text }: Tile & { error?: string; text?: string },
  theme: Theme,
  isAlone: boolean,
): void {
  const [west, south, east, north] = tileBounds({ z, x, y });
  for (const copy of copiesIn(view)) {
    const [left, right] = [pixelX(view, west, copy), pixelX(view, east, copy)];
    const [top, bottom] = [pixelY(view, north), pixelY(view, south)];
    if (right < 0 || left > view.width) continue;
    const size = right - left;
    if (error !== undefined) hatch(context, left, top, size, theme);
    if (size >= leastOutlined) {
      context.strokeStyle = error === undefined ? theme.ink : theme.accent;
      context.globalAlpha = isAlone ? 0.85 : 0.3;
      context.lineWidth = isAlone ? 1.25 : 0.75;
      context.lineJoin = "miter";
      context.strokeRect(left, top, size, bottom - top);
      context.globalAlpha = 1;
    }
    if (size < leastLabelled) continue;
    if (hasTab(size, isAlone)) drawTab(context, labelOf({ z, x, y }), left, top, theme, error !== undefined);
    if (text === undefined && error === undefined) continue;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const fontSize = error === undefined ? 22 : size < 160 ? 10 : 12;
    context.font = font(fontSize, 600);
    const lines = wrapped(context, error ?? text!, size - 16);
    const colours = { fill: error === undefined ? theme.ink : theme.accent, halo: theme.halo, width: 4 };
    lines.forEach((line, i) => {
      const middle = (top + bottom) / 2 + (i - (lines.length - 1) / 2) * fontSize * 1.3;
      haloText(context, line, (left + right) / 2, middle, colours);
    });
  }
}

/** Where the tabs of a tile stand, one for each copy of the world in view; none where the tile is too small for one. */
export function tabsOf(context: Context, view: View, tile: Tile, isAlone: boolean): Frame[] {
  const [west, , east, north] = tileBounds(tile);
  const top = pixelY(view, north);
  return copiesIn(view).flatMap((copy) => {
    const [left, right] = [pixelX(view, west, copy), pixelX(view, east, copy)];
    return hasTab(right - left, isAlone) ? [tabFrame(context, labelOf(tile), left, top)] : [];
  });
}

function hasTab(size: number, isAlone: boolean): boolean {
  return size >= (isAlone ? leastLabelled : leastTabbed);
}

function labelOf({ z, x, y }: Tile): string {
  return `${z}/${x}/${y}`;
}

function tabFrame(context: Context, label: string, left: number, top: number): Frame {
  context.font = font(10.5, 600);
  const y = top >= tabHeight ? top - tabHeight : Math.max(top, 0);
  return { left: left - 0.6, right: left + context.measureText(label).width + 11.4, top: y, bottom: y + tabHeight };
}

function drawTab(context: Context, label: string, left: number, top: number, theme: Theme, isError: boolean): void {
  const frame = tabFrame(context, label, left, top);
  const y = frame.top;
  context.fillStyle = isError ? theme.accent : theme.ink;
  context.beginPath();
  context.roundRect(frame.left, y, frame.right - frame.left, tabHeight, top >= tabHeight ? [4, 4, 0, 0] : [0, 0, 4, 0]);
  context.fill();
  context.fillStyle = theme.land;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(label, left + 5.4, y + 9);
}

function hatch(context: Context, left: number, top: number, size: number, theme: Theme): void {
  context.save();
  context.beginPath();
  context.rect(left, top, size, size);
  context.clip();
  context.globalAlpha = 0.12;
  context.fillStyle = theme.accent;
  context.fillRect(left, top, size, size);
  context.globalAlpha = 0.45;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.beginPath();
  for (let offset = -size; offset < size; offset += 9) {
    context.moveTo(left + offset, top + size);
    context.lineTo(left + offset + size, top);
  }
  context.stroke();
  context.restore();
}

/** At most four lines; words longer than a line and what is over are cut. */
function wrapped(context: Context, text: string, width: number): string[] {
  const fits = (line: string) => context.measureText(line).width <= width;
  const lines: string[] = [];
  let line = "";
  for (const word of text.slice(0, 300).split(/\s+/)) {
    if (line === "" || fits(`${line} ${word}`)) line = line === "" ? word : `${line} ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  const shown = lines.length > 4 ? [...lines.slice(0, 3), `${lines[3]} …`] : lines;
  return shown.map((each) => {
    let letters = each.length;
    while (letters > 2 && !fits(cut(each, letters))) letters--;
    return cut(each, letters);
  });
}
