import { font, haloText } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import type { Basemap, BasemapLine } from "./basemap.ts";
import { clipRing, clipStep } from "./clip.ts";
import type { Frame } from "./clip.ts";
import { edgeLatitude } from "./mercator.ts";
import type { Placement } from "./placement.ts";
import type { Theme } from "./theme.ts";
import { boundsOf, copiesIn, pixelX, pixelY } from "./view.ts";
import type { View } from "./view.ts";

/** Steps shorter than this are left out, in CSS pixels. */
const finest = 0.3;

/** Water, land, coasts and borders. */
export function drawBasemap(context: Context, view: View, basemap: Basemap, theme: Theme): void {
  context.fillStyle = theme.ocean;
  context.fillRect(0, 0, view.width, view.height);
  const frame = frameOf(view);
  context.fillStyle = theme.land;
  for (const copy of copiesIn(view)) {
    for (const rings of basemap.land) {
      if (!isInView(rings[0]!, view, copy)) continue;
      context.beginPath();
      for (const ring of rings) tracePolygon(context, clipRing(project(ring, view, copy), frame));
      context.fill("evenodd");
    }
  }
  strokeBasemap(context, view, basemap, { coast: theme.coast, border: theme.border, width: 0.75 });
}

/** Coasts and borders alone: over an image, they say where it lies. */
export function strokeBasemap(
  context: Context,
  view: View,
  basemap: Basemap,
  { coast, border, width }: { coast: string; border: string; width: number },
): void {
  const frame = frameOf(view);
  context.lineJoin = "round";
  context.lineWidth = width;
  for (const copy of copiesIn(view)) {
    context.strokeStyle = border;
    context.beginPath();
    for (const line of basemap.borders) if (isInView(line, view, copy)) traceLine(context, line, view, copy, frame);
    context.stroke();
    context.strokeStyle = coast;
    context.beginPath();
    for (const rings of basemap.land) {
      if (isInView(rings[0]!, view, copy)) for (const ring of rings) traceLine(context, ring, view, copy, frame);
    }
    context.stroke();
  }
}

/** Names of countries that are large enough at this zoom, the largest first, where nothing else stands. */
export function drawCountryNames(
  context: Context,
  view: View,
  labels: Basemap["labels"],
  theme: Theme,
  placement: Placement,
): void {
  context.font = font(10.5);
  context.textAlign = "center";
  context.textBaseline = "middle";
  const [west, south, east, north] = boundsOf(view);
  for (const copy of copiesIn(view)) {
    for (const [name, longitude, latitude, area] of labels) {
      const turned = longitude + 360 * copy;
      if (turned < west || turned > east || latitude < south || latitude > north) continue;
      const stretch = 1 / Math.cos((latitude * Math.PI) / 180);
      const across = Math.sqrt(area) * view.scale * stretch;
      const width = context.measureText(name).width;
      if (width > across * 1.15 || across < 26) continue;
      const [x, y] = [pixelX(view, longitude, copy), pixelY(view, latitude)];
      const box = { left: x - width / 2 - 6, right: x + width / 2 + 6, top: y - 9, bottom: y + 9 };
      if (placement.take(box)) haloText(context, name, x, y, { fill: theme.label, halo: theme.halo });
    }
  }
}

function frameOf({ width, height }: View): Frame {
  return { left: -4, top: -4, right: width + 4, bottom: height + 4 };
}

function isInView(line: BasemapLine, view: View, copy: number): boolean {
  return (
    pixelX(view, line.east, copy) >= 0 &&
    pixelX(view, line.west, copy) <= view.width &&
    pixelY(view, line.south) >= 0 &&
    pixelY(view, line.north) <= view.height
  );
}

function project({ positions }: BasemapLine, view: View, copy: number): number[] {
  const points: number[] = [];
  let [lastX, lastY] = [Infinity, Infinity];
  for (let i = 0; i < positions.length; i += 2) {
    const x = pixelX(view, positions[i]!, copy);
    const y = pixelY(view, positions[i + 1]!);
    if (Math.abs(x - lastX) < finest && Math.abs(y - lastY) < finest) continue;
    points.push(x, y);
    [lastX, lastY] = [x, y];
  }
  return points;
}

function tracePolygon(context: Context, points: number[]): void {
  if (points.length < 6) return;
  context.moveTo(points[0]!, points[1]!);
  for (let i = 2; i < points.length; i += 2) context.lineTo(points[i]!, points[i + 1]!);
  context.closePath();
}

function traceLine(context: Context, line: BasemapLine, view: View, copy: number, frame: Frame): void {
  const { positions } = line;
  let [penX, penY] = [NaN, NaN];
  let [lastX, lastY] = [NaN, NaN];
  for (let i = 0; i < positions.length; i += 2) {
    const x = pixelX(view, positions[i]!, copy);
    const y = pixelY(view, positions[i + 1]!);
    const isLast = i === positions.length - 2;
    if (i > 0 && !isLast && Math.abs(x - lastX) < finest && Math.abs(y - lastY) < finest) continue;
    const step = i === 0 || isCut(positions, i) ? undefined : clipStep(lastX, lastY, x, y, frame);
    if (step) {
      if (step[0] !== penX || step[1] !== penY) context.moveTo(step[0], step[1]);
      context.lineTo(step[2], step[3]);
      [penX, penY] = [step[2], step[3]];
    }
    [lastX, lastY] = [x, y];
  }
}

/**
 * Whether the step to position i runs along the antimeridian or the square's edge, where an area was cut, not ended.
 */
function isCut(positions: Float64Array, i: number): boolean {
  const isAt = (value: number, limit: number) => Math.abs(value) >= limit - 0.01;
  return (
    (isAt(positions[i]!, 180) && isAt(positions[i - 2]!, 180)) ||
    (isAt(positions[i + 1]!, edgeLatitude) && isAt(positions[i - 1]!, edgeLatitude))
  );
}
