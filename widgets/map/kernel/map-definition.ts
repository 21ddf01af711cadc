import type { UdfSource } from "../../udf-source.ts";
import type { SourceSpec } from "../sources/source-spec.ts";
import type { FeaturesHead, NumbersContent } from "../map-spec.ts";

/** What a session tells the kernel of a map beside its spec: `more` of the definition. */
export interface MapMore {
  /** The UDFs that compute tiles, by the name that layers use. */
  udfs: Record<string, MapUdf>;
  /** Tiles from elsewhere, by the name that layers use. */
  sources?: Record<string, SourceSpec>;
  /** Data of layers, by the name that layers use: how to read them, and which parts they are. */
  data: Record<string, MapData>;
}

export interface MapUdf {
  source: UdfSource;
  /** Parameters that the map was made with; controls change them. */
  parameters: Record<string, unknown>;
  /** Longest time for one tile, seconds. */
  timeout: number;
}

export interface MapData {
  content:
    | { media: "features"; features: FeaturesHead }
    | NumbersContent
    | { media: "image"; mime: string }
    | { media: "json" };
  /** The first of its parts, and how many there are. */
  first: number;
  parts: number;
}
