import type { Geometry, Position } from "geojson";
import type { CanvasModule, Context } from "../picture/canvas.ts";
import { clipRing, clipStep } from "./clip.ts";
import type { Frame } from "./clip.ts";
import { openDots } from "./draw-dots.ts";
import type { Dots } from "./draw-dots.ts";
import type { FeatureSet } from "./features.ts";
import type { Bounds } from "./mercator.ts";
import { pixelRatio } from "./pixel-ratio.ts";
import { goesAround, unrolledArea } from "./unrolled-area.ts";
import { missingColour } from "./vector-style.ts";
import type { ResolvedStyle, VectorStyle } from "./vector-style.ts";
import { copiesIn, pixelX, pixelY } from "./view.ts";
import type { View } from "./view.ts";

interface Brush {
  context: Context;
  view: View;
  copy: number;
  frame: Frame;
  colour: string;
  radius: number;
  width?: number;
  isStroked: boolean;
  opacity: number;
  /** The tile that the features belong to, in pixels. */
  tile?: Frame;
  /** Takes points that are too small to be round. */
  dots?: Dots;
}

/** Areas first, then lines, then points, so that nothing small hides under something large. */
const passes = ["area", "line", "point"] as const;

/**
 * Draws features: areas filled, lines stroked, points as dots.
 * @param bounds box of the tile that they belong to: areas and lines end there, and points beyond are another tile's
 */
export function drawFeatures(
  canvasModule: CanvasModule,
  context: Context,
  view: View,
  features: FeatureSet,
  indexes: number[],
  colours: ResolvedStyle,
  style: VectorStyle,
  bounds?: Bounds,
): void {
  const radius = style.radius ?? radiusFor(indexes.length);
  const frame = { left: -20, top: -20, right: view.width + 20, bottom: view.height + 20 };
  const areaOpacity = colours.colorBy === undefined ? 0.4 : 0.78;
  context.save();
  context.lineJoin = "round";
  context.lineCap = "round";
  const kinds = new Set<string>();
  const tiles = bounds && copiesIn(view).map((copy) => tileFrame(view, bounds, copy));
  for (const pass of passes) {
    if (pass === "point" && tiles) context.restore();
    if (pass === "area" && tiles) {
      context.save();
      context.beginPath();
      for (const { left, top, right, bottom } of tiles) context.rect(left, top, right - left, bottom - top);
      context.clip();
    }
    const opacity = style.opacity ?? (pass === "area" ? areaOpacity : 0.85);
    if (pass !== "area" && !kinds.has(pass)) continue;
    const isDotted = pass === "point" && radius < roundFrom;
    const dots = isDotted ? openDots(canvasModule, { ...view, radius, opacity }) : undefined;
    const brushes = copiesIn(view).map((copy, i): Brush => ({
      context,
      view,
      copy,
      frame,
      colour: missingColour,
      radius,
      width: style.width,
      isStroked: style.stroked ?? true,
      opacity,
      tile: tiles?.[i],
      dots,
    }));
    for (const index of indexes) {
      const geometry = features.geometry(index);
      if (!geometry) continue;
      const colour = colours.colourOf(index) ?? missingColour;
      for (const brush of brushes) {
        brush.colour = colour;
        drawGeometry(brush, geometry, pass, kinds);
      }
    }
    dots?.draw(context);
  }
  context.restore();
}

/** Whole device pixels, so that no seam shows between tiles; open at the world's edges. */
function tileFrame(view: View, [west, south, east, north]: Bounds, copy: number): Frame {
  const whole = (place: number) => Math.round(place * pixelRatio) / pixelRatio;
  return {
    left: whole(pixelX(view, west, copy)),
    right: whole(pixelX(view, east, copy)),
    top: north > 85 ? -1e4 : whole(pixelY(view, north)),
    bottom: south < -85 ? 1e4 : whole(pixelY(view, south)),
  };
}

/** Dots of a lesser radius are drawn as squares. */
const roundFrom = 1.5;

/** Dots get smaller as they get more. */
export function radiusFor(count: number): number {
  return count < 60 ? 5 : count < 600 ? 4 : count < 6_000 ? 2.8 : count < 60_000 ? 1.8 : 1.1;
}

function drawGeometry(brush: Brush, geometry: Geometry, pass: (typeof passes)[number], kinds: Set<string>): void {
  const kind = kindOf(geometry);
  if (geometry.type === "GeometryCollection") {
    for (const each of geometry.geometries) drawGeometry(brush, each, pass, kinds);
    return;
  }
  kinds.add(kind);
  if (kind !== pass) return;
  if (geometry.type === "Point") drawPoint(brush, geometry.coordinates);
  if (geometry.type === "MultiPoint") for (const at of geometry.coordinates) drawPoint(brush, at);
  if (geometry.type === "LineString") drawLine(brush, geometry.coordinates);
  if (geometry.type === "MultiLineString") for (const line of geometry.coordinates) drawLine(brush, line);
  if (geometry.type === "Polygon") drawArea(brush, geometry.coordinates);
  if (geometry.type === "MultiPolygon") for (const rings of geometry.coordinates) drawArea(brush, rings);
}

function kindOf({ type }: Geometry): string {
  return type.endsWith("Point") ? "point" : type.endsWith("LineString") ? "line" : "area";
}

function drawPoint({ context, view, copy, frame, colour, radius, opacity, tile, dots }: Brush, at: Position): void {
  const [x, y] = [pixelX(view, at[0]!, copy), pixelY(view, at[1]!)];
  if (tile && !(x >= tile.left && x <= tile.right && y >= tile.top && y <= tile.bottom)) return;
  if (!(x > frame.left && x < frame.right && y > frame.top && y < frame.bottom)) return;
  if (dots) return dots.add(x, y, colour);
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  if (radius < 2.5) return;
  context.strokeStyle = "rgba(255, 255, 255, 0.9)";
  context.lineWidth = radius > 3.5 ? 1 : 0.6;
  context.stroke();
}

function drawLine({ context, view, copy, frame, colour, width = 1.8, opacity }: Brush, line: Position[]): void {
  context.globalAlpha = opacity;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  let [penX, penY] = [NaN, NaN];
  for (let i = 1; i < line.length; i++) {
    const [from, to] = [line[i - 1]!, line[i]!];
    const turn = Math.round((from[0]! - to[0]!) / 360);
    for (const part of turn === 0 ? [0] : [0, -turn]) {
      const step = clipStep(
        pixelX(view, from[0]! + 360 * part, copy),
        pixelY(view, from[1]!),
        pixelX(view, to[0]! + 360 * (part + turn), copy),
        pixelY(view, to[1]!),
        frame,
      );
      if (!step) continue;
      if (step[0] !== penX || step[1] !== penY) context.moveTo(step[0], step[1]);
      context.lineTo(step[2], step[3]);
      [penX, penY] = [step[2], step[3]];
    }
  }
  context.stroke();
}

function drawArea(brush: Brush, rings: Position[][]): void {
  if (goesAround(rings)) {
    // Its part beyond 180° stands in the next copy of the world.
    const area = unrolledArea(rings);
    const { copy } = brush;
    const around = copy === copiesIn(brush.view)[0] ? [copy - 1, copy, copy + 1] : [copy + 1];
    for (const each of around) fillArea({ ...brush, copy: each }, area);
  } else fillArea(brush, rings);
}

function fillArea(brush: Brush, rings: Position[][]): void {
  const { context, view, copy, frame, colour, width = 0.8, isStroked, opacity } = brush;
  context.beginPath();
  let isSeen = false;
  for (const ring of rings) {
    const pixels = ring.flatMap((at) => [pixelX(view, at[0]!, copy), pixelY(view, at[1]!)]);
    const points = clipRing(pixels, frame);
    if (points.length < 6) continue;
    isSeen = true;
    context.moveTo(points[0]!, points[1]!);
    for (let i = 2; i < points.length; i += 2) context.lineTo(points[i]!, points[i + 1]!);
    context.closePath();
  }
  if (!isSeen) return;
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.fill("evenodd");
  if (!isStroked) return;
  context.globalAlpha = Math.min(1, opacity + 0.4);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
