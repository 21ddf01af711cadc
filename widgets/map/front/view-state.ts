import { WebMercatorViewport } from "@deck.gl/core";
import type { MapView } from "../map-spec.ts";
import type { Bounds } from "../mercator.ts";

/** Deck.gl's view state: zoom 0 is a world of 512 pixels. */
export interface ViewState {
  longitude: number;
  latitude: number;
  zoom: number;
  pitch: number;
  bearing: number;
  [more: string]: unknown;
}

export interface Size {
  width: number;
  height: number;
}

const mostZoom = 20;
const leastZoom = -1;
/** Room around a box, CSS pixels. */
const padding = 16;

/** The view that a spec asks for, in a map of some size. */
export function viewStateOf(
  { bounds, longitude = 0, latitude = 20, zoom = 0, pitch = 0, bearing = 0 }: MapView,
  size: Size,
): ViewState {
  return bounds ? { ...fitBounds(bounds, size), pitch, bearing } : { longitude, latitude, zoom, pitch, bearing };
}

/** The view that shows a box whole. East above 180 is over the antimeridian. */
export function fitBounds([west, south, east, north]: Bounds, { width, height }: Size): ViewState {
  const clamp = (latitude: number) => Math.max(-85, Math.min(85, latitude));
  const viewport = new WebMercatorViewport({ width: Math.max(width, 50), height: Math.max(height, 50) });
  const right = east < west ? east + 360 : east;
  const room = Math.max(0, Math.min(padding, width / 4, height / 4));
  const fitted = viewport.fitBounds(
    [
      [west, clamp(south)],
      [Math.min(right, west + 360), clamp(north)],
    ],
    { padding: room, maxZoom: 16 },
  );
  const { longitude, latitude } = fitted;
  return { longitude, latitude, zoom: clampZoom(fitted.zoom), pitch: 0, bearing: 0 };
}

export function clampZoom(zoom: number): number {
  return Math.max(leastZoom, Math.min(mostZoom, zoom));
}

/** The box that a view shows. */
export function boundsOfView(state: ViewState, { width, height }: Size): Bounds {
  return new WebMercatorViewport({ ...state, width, height }).getBounds();
}
