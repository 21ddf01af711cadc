import type { WebMercatorViewport } from "@deck.gl/core";
import type { Theme } from "../../front/mount.ts";
import { worldX, worldY } from "../mercator.ts";
import { themes } from "../theme.ts";
import type { Outlines } from "./outlines.ts";

/**
 * The basemap on plain canvases under and over deck.gl's, for machines without a graphics card: there thousands of
 * line segments take WebGL a second, and a plain canvas some milliseconds.
 */
export interface BasemapCanvas {
  /** @param isOver whether coasts are drawn over the data too, which hide them */
  draw(viewport: WebMercatorViewport, outlines: Outlines | undefined, theme: Theme, isOver: boolean): void;
  /** Those under and over the data, for a picture of the whole. */
  readonly canvases: [under: HTMLCanvasElement, over: HTMLCanvasElement];
}

/** Places on the square world, and the box around them. */
interface WorldLine {
  places: Float64Array;
  box: [left: number, top: number, right: number, bottom: number];
}

interface WorldOutlines {
  land: WorldLine[][];
  coasts: WorldLine[];
  borders: WorldLine[];
}

const worlds = new WeakMap<Outlines, WorldOutlines>();

export function basemapCanvas(beside: HTMLElement): BasemapCanvas {
  const [under, over] = [document.createElement("canvas"), document.createElement("canvas")];
  for (const canvas of [under, over]) {
    canvas.style.cssText = "position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none;";
    canvas.setAttribute("aria-hidden", "true");
  }
  beside.before(under);
  beside.after(over);
  return {
    canvases: [under, over],
    draw(viewport, outlines, theme, isOver) {
      const colours = themes[theme];
      const below = opened(under, viewport);
      below.fillStyle = colours.ocean;
      below.fillRect(0, 0, viewport.width, viewport.height);
      const above = opened(over, viewport);
      if (!outlines) return;
      let world = worlds.get(outlines);
      if (!world) worlds.set(outlines, (world = worldOutlines(outlines)));
      const trace = tracer(viewport);
      below.fillStyle = colours.land;
      below.beginPath();
      for (const rings of world.land) for (const ring of rings) trace(below, ring, true);
      below.fill("evenodd");
      stroke(below, world.borders, trace, colours.border, 0.8);
      stroke(below, world.coasts, trace, colours.coast, 0.9);
      if (!isOver) return;
      for (const { colour, width } of colours.overImage) {
        stroke(above, world.coasts, trace, colour, width);
        stroke(above, world.borders, trace, colour, 0.8 * width);
      }
    },
  };
}

/** @param isArea whether the line is to be filled: then its parts stay joined where it is cut */
type Trace = (context: CanvasRenderingContext2D, line: WorldLine, isArea?: boolean) => void;

/** How near to the eye things are still drawn, where the middle of the map is 1.5 away. */
const nearest = 0.02;

function stroke(
  context: CanvasRenderingContext2D,
  lines: WorldLine[],
  trace: Trace,
  colour: string,
  width: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (const line of lines) trace(context, line);
  context.stroke();
}

function opened(canvas: HTMLCanvasElement, { width, height }: WebMercatorViewport): CanvasRenderingContext2D {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  // Drawn by the processor: on a graphics card that is computed, paths take seconds.
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.clearRect(0, 0, width, height);
  return context;
}

/** Adds a line to a path, once for each copy of the world that is in view. */
function tracer(viewport: WebMercatorViewport): Trace {
  const { width, height, pitch, bearing } = viewport;
  const scale = 512 * 2 ** viewport.zoom;
  const left = worldX(viewport.longitude) * scale - width / 2;
  const top = worldY(viewport.latitude) * scale - height / 2;
  if (pitch || bearing) return projected(viewport);
  return (context, { places, box }) => {
    const first = Math.ceil(left / scale - box[2]);
    const last = Math.floor((left + width) / scale - box[0]);
    if (box[3] * scale < top || box[1] * scale > top + height) return;
    for (let copy = first; copy <= last; copy++) {
      for (let i = 0; i < places.length; i += 2) {
        const x = (places[i]! + copy) * scale - left;
        const y = places[i + 1]! * scale - top;
        if (i === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      }
    }
  };
}

/**
 * The same for a view that is turned or tilted. What lies behind the eye is cut off: projected, it would come out upside
 * down in front of it.
 */
function projected(viewport: WebMercatorViewport): Trace {
  const { width, height, viewProjectionMatrix: matrix } = viewport;
  const [west, , east] = viewport.getBounds();
  const row = (i: number, x: number, y: number) => matrix[i]! * x + matrix[i + 4]! * y + matrix[i + 12]!;
  return (context, { places, box }, isArea) => {
    const first = Math.ceil(worldX(west) - box[2]);
    const last = Math.floor(worldX(east) - box[0]);
    for (let copy = first; copy <= last; copy++) {
      let isBegun = false;
      let before: [x: number, y: number, depth: number] | undefined;
      const add = (x: number, y: number, depth: number) => {
        const at = [(0.5 + row(0, x, y) / depth / 2) * width, (0.5 - row(1, x, y) / depth / 2) * height] as const;
        if (isBegun) context.lineTo(...at);
        else context.moveTo(...at);
        isBegun = true;
      };
      for (let i = 0; i < places.length; i += 2) {
        const [x, y] = [(places[i]! + copy) * 512, (1 - places[i + 1]!) * 512];
        const depth = row(3, x, y);
        if (before && before[2] > nearest !== depth > nearest) {
          const share = (nearest - before[2]) / (depth - before[2]);
          if (before[2] <= nearest && !isArea) isBegun = false;
          add(before[0] + share * (x - before[0]), before[1] + share * (y - before[1]), nearest);
        }
        if (depth > nearest) add(x, y, depth);
        before = [x, y, depth];
      }
    }
  };
}

function worldOutlines({ land, coasts, borders }: Outlines): WorldOutlines {
  return {
    land: land.map(({ positions, holeIndices }) => {
      const ends = [...holeIndices, positions.length];
      return ends.map((end, i) => worldLine(positions.subarray(i === 0 ? 0 : ends[i - 1], end)));
    }),
    coasts: coasts.map(worldLine),
    borders: borders.map(worldLine),
  };
}

function worldLine(positions: Float64Array): WorldLine {
  const places = new Float64Array(positions.length);
  const box: WorldLine["box"] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [worldX(positions[i]!), worldY(positions[i + 1]!)];
    places[i] = x;
    places[i + 1] = y;
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return { places, box };
}
