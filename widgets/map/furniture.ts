import { font, haloText } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import type { Basemap } from "./basemap.ts";
import { drawBasemap } from "./draw-basemap.ts";
import { drawCard } from "./legend.ts";
import { latitudeAt, metresPerPixel } from "./mercator.ts";
import type { Placement } from "./placement.ts";
import type { Theme } from "./theme.ts";
import type { View } from "./view.ts";
import { zoomOf } from "./view.ts";

/** Zoom from which a view is too close to tell where on earth it lies. */
export const locatorFromZoom = 5.5;

/** Of the locator, CSS pixels; in a small picture it is smaller. */
const locatorWidth = 118;

/** A bar of a round length, at the scale of the picture's middle, bottom left. */
export function drawScaleBar(context: Context, view: View, theme: Theme, placement: Placement): void {
  const metres = metresPerPixel(latitudeAt(view.centerY), view.scale);
  const longest = 90 * metres;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = [5, 2, 1].map((factor) => factor * power).find((each) => each <= longest) ?? power;
  const text = length >= 1000 ? `${(length / 1000).toLocaleString("en-US")} km` : `${length} m`;
  const [left, y, width] = [12, view.height - 13, length / metres];
  context.font = font(10);
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  placement.reserve({ left: 0, right: left + Math.max(width, 60), top: y - 20, bottom: view.height });
  context.lineCap = "butt";
  context.lineJoin = "miter";
  for (const [colour, thickness] of [
    [theme.halo, 4],
    [theme.ink, 1.25],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.beginPath();
    context.moveTo(left, y - 4);
    context.lineTo(left, y);
    context.lineTo(left + width, y);
    context.lineTo(left + width, y - 4);
    context.stroke();
  }
  haloText(context, text, left + 4, y - 5, { fill: theme.ink, halo: theme.halo });
}

/** Where the basemap comes from, bottom right. */
export function drawAttribution(
  context: Context,
  view: View,
  theme: Theme,
  placement: Placement,
  by = "Natural Earth",
): void {
  const text = by.slice(0, 120);
  if (text === "") return;
  context.font = font(9);
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  const width = context.measureText(text).width;
  placement.reserve({ left: view.width - width - 14, right: view.width, top: view.height - 18, bottom: view.height });
  haloText(context, text, view.width - 8, view.height - 7, { fill: theme.label, halo: theme.halo });
}

/** A small map of the wider surroundings with the view marked on it, bottom right above the attribution. */
export function drawLocator(context: Context, view: View, wide: Basemap, theme: Theme, placement: Placement): void {
  const width = Math.round(Math.min(locatorWidth, view.width * 0.19));
  const height = Math.round(width * 0.75);
  const [left, top] = [view.width - width - 10, view.height - height - 24];
  placement.reserve({ left: left - 6, right: view.width, top: top - 6, bottom: view.height });
  const zoom = Math.max(-0.5, Math.min(1.6, zoomOf(view) - 4));
  const scale = 256 * 2 ** zoom;
  const half = height / 2 / scale;
  const inset: View = {
    width,
    height,
    scale,
    centerX: view.centerX,
    centerY: Math.max(half, Math.min(1 - half, view.centerY)),
  };
  drawCard(context, left - 3, top - 3, width + 6, height + 6, theme);
  context.save();
  context.translate(left, top);
  context.beginPath();
  context.roundRect(0, 0, width, height, 3);
  context.clip();
  drawBasemap(context, inset, wide, theme);
  const [x, y] = [width / 2, (view.centerY - inset.centerY) * scale + height / 2];
  const [across, down] = [(view.width / view.scale) * scale, (view.height / view.scale) * scale];
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.5;
  context.fillStyle = theme.accent;
  context.beginPath();
  if (across < 7) {
    context.arc(x, y, 3, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.arc(x, y, 6.5, 0, 2 * Math.PI);
  } else {
    context.rect(x - across / 2, y - down / 2, across, down);
  }
  context.stroke();
  context.restore();
}
