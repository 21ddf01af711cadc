import type { Layer } from "@deck.gl/core";
import { BitmapLayer } from "@deck.gl/layers";
import type { Bounds } from "../mercator.ts";
import { bandImage, bandLook } from "./band-image.ts";
import { coloursOf, featureLayers } from "./feature-layers.ts";
import type { LayerState } from "./layer-state.ts";
import type { DrawnContent } from "./read-content.ts";
import { tileStyle } from "./seen-values.ts";
import { specialLayer } from "./special-layers.ts";

export interface Placed {
  id: string;
  /** The box of a tile, or of a raster layer. */
  bounds?: Bounds;
  isTile: boolean;
  /** Rows of a picture are equal steps of latitude rather than of web Mercator. */
  isInDegrees: boolean;
}

/** The deck.gl layers that draw some content the way a layer looks now. */
export function contentLayers(content: DrawnContent, state: LayerState, placed: Placed): Layer[] {
  const { opacity, visible, style, parameters } = state;
  const { id, bounds, isTile } = placed;
  switch (content.media) {
    case "image":
      return [bitmap(content.image, content.bounds, state, placed)];
    case "numbers": {
      const image = bandImage(content.head, content.data, bandLook(style, content.head, state.seen));
      return [bitmap(image, content.bounds, state, placed)];
    }
    case "features": {
      const { table } = content;
      const look = isTile ? tileStyle(state, table) : style;
      const colours = coloursOf(table, look, state.seen, state.labels);
      const isOpen = state.seen === undefined && style.domain === undefined;
      if (colours.legend && !(isTile && isOpen && colours.legend.kind === "ramp")) state.legend = colours.legend;
      const version = `${state.version} ${state.seen?.join() ?? ""} ${state.labels?.length ?? 0} ${state.colorBy ?? ""}`;
      const total = Math.max(state.total, table.count);
      const { time } = state;
      const common = { id, table, style, opacity, visible, pickable: true, colours, total, version, time, parameters };
      const features = { ...common, clip: isTile ? bounds : undefined };
      const { type } = state.spec;
      if (type === "heatmap") state.legend = undefined;
      return type === "arc" || type === "heatmap" || type === "column"
        ? [specialLayer(type, features)]
        : featureLayers(features);
    }
    case "json":
      return state.makeDeck && state.spec.type === "deck" ? [state.makeDeck(state, content)] : [];
    case "text":
      return [];
  }
}

/**
 * Rows of a raster in a box are equal steps of latitude, those of a tile equal steps of web Mercator.
 * @param own the box that the content itself names
 */
function bitmap(
  image: ImageBitmap | ImageData,
  own: Bounds | undefined,
  { opacity, visible, parameters }: LayerState,
  { id, bounds, isInDegrees }: Placed,
): Layer {
  return new BitmapLayer({
    id: `${id}-picture`,
    image: image as never,
    bounds: own ?? bounds!,
    _imageCoordinateSystem: own || isInDegrees ? "lnglat" : "default",
    opacity,
    visible,
    pickable: true,
    ...(parameters && { parameters }),
    textureParameters: { minFilter: "linear", magFilter: "nearest" },
  });
}
