import type { NetworkPermission } from "../../../engine/run-types.ts";
import type { Bounds } from "../mercator.ts";

/** Tiles that come from elsewhere, as the kernel asks for them on behalf of pages. Structured-cloneable. */
export type SourceSpec = SourceBase &
  (
    | { kind: "addresses"; urls: string[]; isUpsideDown?: boolean }
    | { kind: "pmtiles"; address: string }
    /** Drawn by the kernel as a MapLibre style says. */
    | { kind: "style"; style: MapStyle; sources: Record<string, SourceSpec> }
  );

interface SourceBase {
  minZoom: number;
  maxZoom: number;
  /** CSS pixels. */
  tileSize: number;
  isVector: boolean;
  bounds?: Bounds;
  attribution: string;
  /** Hosts that may be asked; by default all public ones. */
  network?: NetworkPermission;
}

/** A MapLibre style, as far as it is drawn. */
export interface MapStyle {
  layers: StyleLayer[];
  sources: Record<string, StyleSource>;
}

export interface StyleSource {
  type: string;
  url?: string;
  tiles?: string[];
  tileSize?: number;
  minzoom?: number;
  maxzoom?: number;
  attribution?: string;
  scheme?: string;
}

export interface StyleLayer {
  id: string;
  type: string;
  source?: string;
  "source-layer"?: string;
  minzoom?: number;
  maxzoom?: number;
  filter?: unknown;
  layout?: Record<string, unknown>;
  paint?: Record<string, unknown>;
}
