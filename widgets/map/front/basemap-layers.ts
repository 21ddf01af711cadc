import type { Layer } from "@deck.gl/core";
import { TileLayer } from "@deck.gl/geo-layers";
import { BitmapLayer, PathLayer, SolidPolygonLayer } from "@deck.gl/layers";
import type { Theme } from "../../front/mount.ts";
import type { Basemap } from "../map-spec.ts";
import { themes } from "../theme.ts";
import { rgba } from "../colour-table.ts";
import type { TileRequests } from "./tile-requests.ts";
import { outlinesFor } from "./outlines.ts";
import type { Outlines } from "./outlines.ts";

/** Name of the basemap's source in the kernel, and of its layer here. */
const groundName = "basemap";

/**
 * The layers under the data. Outlines come in two grades; until the finer one is there the coarser is drawn.
 * @param changed called when more has been loaded
 */
export function basemapLayers(basemap: Basemap, theme: Theme, zoom: number, changed: () => void): Layer[] {
  if (basemap.kind === "none") return [];
  const found = outlinesFor(zoom, changed);
  if (!found) return [];
  const { outlines, grade } = found;
  const colours = themes[theme];
  return [
    new SolidPolygonLayer({
      id: `basemap-land-${grade}`,
      data: outlines.land,
      getPolygon: (each: Outlines["land"][number]) => each as never,
      positionFormat: "XY",
      _normalize: false,
      getFillColor: rgba(colours.land),
      updateTriggers: { getFillColor: theme },
      pickable: false,
    }),
    lines(`basemap-borders-${grade}`, outlines.borders, colours.border, 0.8, theme),
    lines(`basemap-coasts-${grade}`, outlines.coasts, colours.coast, 0.9, theme),
  ];
}

/** Coasts and borders once more, over an image that hides them: a light rim, then a dark line, so that one shows. */
export function linesOverImage(basemap: Basemap, theme: Theme, zoom: number): Layer[] {
  const found = basemap.kind === "offline" ? outlinesFor(zoom, () => {}) : undefined;
  if (!found) return [];
  const { outlines, grade } = found;
  return themes[theme].overImage.flatMap(({ colour, width }, i) => [
    lines(`over-coasts-${i}-${grade}`, outlines.coasts, colour, width, theme),
    lines(`over-borders-${i}-${grade}`, outlines.borders, colour, width * 0.8, theme),
  ]);
}

function lines(id: string, data: Float64Array[], colour: string, width: number, theme: Theme): Layer {
  return new PathLayer({
    id,
    data,
    getPath: (each: Float64Array) => each as never,
    positionFormat: "XY",
    _pathType: "open",
    getColor: withAlpha(colour),
    updateTriggers: { getColor: theme },
    getWidth: width,
    widthUnits: "pixels",
    pickable: false,
  });
}

function withAlpha(colour: string): [number, number, number, number] {
  const [red, green, blue] = rgba(colour);
  const alpha = /^rgba\(.*,\s*([\d.]+)\)$/.exec(colour)?.[1];
  return [red, green, blue, alpha === undefined ? 255 : Math.round(255 * Number(alpha))];
}

/** The least and greatest zoom of a ground, and where its tiles come from. */
type TilesGround = Extract<Basemap, { kind: "tiles" }>;

/**
 * A ground of pictures that the kernel hands over.
 * @param failed called with the reason of each tile that did not come
 */
export function groundLayer(
  { minZoom, maxZoom, tileSize }: TilesGround,
  requests: TileRequests,
  failed: (reason: string) => void,
): Layer {
  return new TileLayer({
    id: groundName,
    tileSize,
    minZoom,
    maxZoom,
    maxRequests: 6,
    debounceTime: 60,
    getTileData: async ({ index, signal }) => {
      const result = await requests.fetch({ source: groundName }, groundName, index, signal);
      if (result?.error) failed(result.error.message);
      return result?.content?.media === "image" ? result.content.image : null;
    },
    renderSubLayers: (props) => {
      if (!props.data) return null;
      const { boundingBox } = props.tile;
      const [[west, south], [east, north]] = boundingBox as [[number, number], [number, number]];
      return new BitmapLayer({ id: props.id, image: props.data as never, bounds: [west, south, east, north] });
    },
  });
}
