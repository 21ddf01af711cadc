import type { Udf } from "../fused/udf.ts";
import type { LiveMap } from "../widgets/map/live-map.ts";
import type { ControlSpec, LayerStyle } from "../widgets/map/map-spec.ts";
import type { Bounds } from "../widgets/map/mercator.ts";

/** What a live map of a UDF's tiles is made with. */
export interface LiveTiles {
  bounds: Bounds;
  style: LayerStyle;
  /** Zoom of the tiles, where it is not to follow the map's. */
  zoom?: number;
  parameters?: Record<string, unknown>;
  controls?: ControlSpec[];
  title?: string;
}

/** Longest time for one tile, seconds: a reader waits for it. */
const tileTimeout = 30;
/** Zooms that a UDF is asked for (fused-spec.md 4.1). */
const deepestZoom = 19;

/** The live map of a UDF's tiles; undefined where they would not be computed on this machine. */
export async function liveTiles(
  target: Udf,
  { bounds, style, zoom, parameters = {}, controls, title }: LiveTiles,
): Promise<LiveMap | undefined> {
  const { udfSource } = await import("../fused/udf-source.ts");
  const { engineName, ...source } = await udfSource(target);
  if (engineName !== "local") return undefined;
  const { name } = target;
  const { timeoutMs = 1000 * tileTimeout } = source.request.limits ?? {};
  return {
    spec: {
      version: 1,
      ...(title !== undefined && { title }),
      height: 420,
      view: { bounds },
      basemap: { kind: "offline" },
      theme: "auto",
      layers: [
        {
          id: name,
          name,
          type: "tiles",
          udf: name,
          minZoom: zoom ?? 0,
          maxZoom: zoom ?? deepestZoom,
          tileSize: 256,
          style,
        },
      ],
      attribution: "Natural Earth",
      ...(controls && controls.length > 0 && { controls }),
    },
    more: { udfs: { [name]: { source, parameters, timeout: Math.max(1, timeoutMs / 1000) } }, data: {} },
    parts: [],
  };
}
