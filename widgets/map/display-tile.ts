import type { MimeBundle } from "../mime-bundle.ts";
import { boundsAround } from "./bounds-around.ts";
import { displayMap } from "./display-map.ts";
import type { MapOptions } from "./display-map.ts";
import type { Layer } from "./layers.ts";
import { tileBounds } from "./mercator.ts";
import type { Tile } from "./mercator.ts";
import { defaultDomain, extentOf, isFloat } from "./raster.ts";
import type { RasterStyle } from "./raster.ts";
import { isRaster } from "./raster-value.ts";
import type { VectorStyle } from "./vector-style.ts";

export interface TileOptions extends MapOptions, RasterStyle {
  /** The UDF's name, for the legend and the text. */
  name?: string;
  style?: VectorStyle;
}

/** A tile and what was computed for it, or the message of the error that came instead. */
export interface TileValue extends Tile {
  value?: unknown;
  error?: string;
}

/**
 * Shows what was computed for one tile, in place: the basemap around it, its outline and z/x/y. The value is a
 * raster, an encoded image, GeoJSON, or a table that tells where its rows lie; a number or a text is written into the
 * tile.
 * @throws RangeError where there is no such tile
 */
export function displayTile(value: unknown, tile: Tile, options: TileOptions = {}): Promise<MimeBundle> {
  return displayTiles([{ z: tile.z, x: tile.x, y: tile.y, value }], options);
}

/**
 * Shows many tiles side by side on a map. Rasters of one band that are stretched from least to greatest share these
 * over all tiles, so that no seams appear. Tiles with an error are hatched.
 * @throws RangeError where a tile does not exist, TypeError where there are no tiles
 */
export function displayTiles(tiles: TileValue[], options: TileOptions = {}): Promise<MimeBundle> {
  if (tiles.length === 0) throw new TypeError("There are no tiles to show.");
  const { name, style, palette, nodata, domain = sharedDomain(tiles, nodata), ...view } = options;
  const layers = tiles.map(({ z, x, y, value, error }): Layer => ({
    type: "tile",
    z,
    x,
    y,
    value,
    error,
    name,
    style,
    palette,
    domain,
    nodata,
  }));
  return displayMap(layers, { bounds: boundsAround(tiles.map(tileBounds)), ...view });
}

/** The ends of integer rasters over all tiles, so that no seams appear; undefined where there are none. */
export function sharedDomain(tiles: TileValue[], nodata?: number): [number, number] | undefined {
  let [least, greatest] = [Infinity, -Infinity];
  for (const { value } of tiles) {
    const raster: unknown = Array.isArray(value) ? value[0] : value;
    if (!isRaster(raster) || isFloat(raster.data) || defaultDomain(raster)[1] === 255) continue;
    const extent = extentOf(raster.data, nodata ?? raster.nodata);
    least = Math.min(least, extent[0]);
    greatest = Math.max(greatest, extent[1]);
  }
  return least <= greatest ? [least, greatest] : undefined;
}
