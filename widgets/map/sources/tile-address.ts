/** Tiles that are not a UDF's: a template with {z}, {x} and {y}, a PMTiles file, or a MapLibre style. */
export interface TileAddress {
  /** Address of tiles, of a `.pmtiles` file or of a style's JSON; files may be paths. */
  url: string;
  /** Who made it; has to be named for addresses of tiles. */
  attribution?: string;
  minZoom?: number;
  maxZoom?: number;
  /** CSS pixels. Default 256, of vector tiles 512. */
  tileSize?: number;
}

/** Whether an address is one of a PMTiles file. */
export function isPmtiles(address: string): boolean {
  return /\.pmtiles($|\?)/i.test(address);
}

/** Whether an address is one of tiles, with {z}, {x} and {y} or {-y}. */
export function isTemplate(address: string): boolean {
  return ["{z}", "{x}", "{y}"].every((each) => address.includes(each)) || /\{z\}.*\{x\}.*\{-y\}/.test(address);
}

const addressKeys = ["url", "attribution", "minZoom", "maxZoom", "tileSize"];

/** Whether a value names tiles that are not a UDF's. */
export function isTileAddress(value: unknown): value is TileAddress | string {
  if (typeof value === "string") return isPmtiles(value) || isTemplate(value);
  if (typeof value !== "object" || value === null || typeof (value as TileAddress).url !== "string") return false;
  return Object.keys(value).every((key) => addressKeys.includes(key));
}
