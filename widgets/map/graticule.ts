import { font, haloText } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import type { Placement } from "./placement.ts";
import type { Theme } from "./theme.ts";
import { boundsOf, pixelX, pixelY } from "./view.ts";
import type { View } from "./view.ts";

const steps = [
  30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 0.00005, 0.00002,
  0.00001,
];
const closest = 110;

/** Lines of equal longitude and latitude, about 110 pixels apart. */
export function drawGraticule(context: Context, view: View, theme: Theme): void {
  context.strokeStyle = theme.graticule;
  context.lineWidth = 0.75;
  context.beginPath();
  const { longitudes, latitudes } = linesIn(view);
  for (const longitude of longitudes) {
    const x = crisp(pixelX(view, longitude));
    context.moveTo(x, 0);
    context.lineTo(x, view.height);
  }
  for (const latitude of latitudes) {
    const y = crisp(pixelY(view, latitude));
    context.moveTo(0, y);
    context.lineTo(view.width, y);
  }
  context.stroke();
}

/** The degrees of the lines, along the top and the left side. */
export function labelGraticule(context: Context, view: View, theme: Theme, placement: Placement): void {
  const { longitudes, latitudes, decimals } = linesIn(view);
  const colours = { fill: theme.label, halo: theme.halo };
  context.font = font(9);
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const longitude of longitudes) {
    const text = degrees(longitude, decimals, "E", "W");
    const [x, half] = [pixelX(view, longitude), context.measureText(text).width / 2 + 4];
    if (placement.take({ left: x - half, right: x + half, top: 4, bottom: 17 }))
      haloText(context, text, x, 11, colours);
  }
  context.textAlign = "left";
  for (const latitude of latitudes) {
    const text = degrees(latitude, decimals, "N", "S");
    const [y, width] = [pixelY(view, latitude), context.measureText(text).width];
    if (placement.take({ left: 4, right: 10 + width, top: y - 7, bottom: y + 7 }))
      haloText(context, text, 6, y, colours);
  }
}

function linesIn(view: View): { longitudes: number[]; latitudes: number[]; decimals: number } {
  const [west, south, east, north] = boundsOf(view);
  const perDegree = view.scale / 360;
  const step = steps.findLast((each) => each * perDegree >= closest) ?? 30;
  const decimals = step >= 1 ? 0 : Math.ceil(-Math.log10(step) - 1e-9);
  return { longitudes: multiples(west, east, step), latitudes: multiples(south, north, step), decimals };
}

function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

function crisp(pixels: number): number {
  return Math.round(pixels * 2) / 2;
}

/** `74.05° W`, `0°`; longitudes past the antimeridian are brought back. */
function degrees(value: number, decimals: number, positive: string, negative: string): string {
  const turned = value > 180 ? value - 360 : value < -180 ? value + 360 : value;
  const size = Math.abs(turned).toFixed(decimals);
  if (Number(size) === 0 || Number(size) === 180) return `${size}°`;
  return `${size}° ${turned > 0 ? positive : negative}`;
}
