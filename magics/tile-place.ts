import type { Box, Tile } from "../fused/tiles/index.ts";
import { nearest, tile } from "../fused/tiles/index.ts";
import { checkBox } from "../fused/tiles/box.ts";
import { readTile, TileError } from "../fused/tiles/tile.ts";
import type { MagicArguments } from "./arguments.ts";
import { MagicError } from "./magic.ts";

/** Flags that give a place: a point and a zoom, or a box. */
export const placeFlags = { lat: "37.1", lng: "-122", z: "13", bounds: "w,s,e,n" } as const;

/** A map tile, or a box `[west, south, east, north]` in degrees. */
export type TilePlace = { tile: Tile } | { bounds: Box };

/**
 * The place that a magic's line gives: the word `z/x/y`, or `--lat --lng --z`, or `--bounds w,s,e,n`.
 * @param word the word that may be `z/x/y`
 * @throws MagicError where it is given twice or in part, or where there is no such tile; it says the valid range
 */
export function readPlace(
  magic: string,
  word: string | undefined,
  flags: MagicArguments["flags"],
): TilePlace | undefined {
  const point = ["lat", "lng", "z"].filter((name) => flags[name] !== undefined);
  const ways = [
    word !== undefined && word,
    point.length > 0 && `--${point[0]}`,
    flags["bounds"] !== undefined && "--bounds",
  ];
  const given = ways.filter((way) => way !== false);
  if (given.length > 1) throw new MagicError(`${magic}: ${given.join(" and ")} are more than one place: give one.`);
  try {
    if (word !== undefined) return { tile: readTileWord(magic, word) };
    if (flags["bounds"] !== undefined) return { bounds: readBoxText(magic, String(flags["bounds"])) };
    if (point.length === 0) return undefined;
    const missing = ["lat", "lng", "z"].filter((name) => flags[name] === undefined);
    if (missing.length > 0)
      throw new MagicError(`${magic}: a point needs --lat, --lng and --z; --${missing.join(" and --")} is missing.`);
    const [lat, lng, z] = ["lat", "lng", "z"].map((name) => readNumber(magic, `--${name}`, flags[name] as string));
    return { tile: readTile([tile(lng!, lat!, z!)]) };
  } catch (error) {
    if (error instanceof TileError) throw new MagicError(`${magic}: ${error.message}.`);
    throw error;
  }
}

/** A box from `w,s,e,n`, as a place of its own or as the tile that it is. */
export function readBoxText(magic: string, text: string): Box {
  const numbers = text
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map((part) => readNumber(magic, "the box", part));
  if (numbers.length !== 4) {
    throw new MagicError(
      `${magic}: a box is four numbers, west,south,east,north in degrees; ${text} has ${numbers.length}.`,
    );
  }
  return checkBox(numbers);
}

/** A line that says so, where a box or a point (`--lat --lng`) is no part of the Earth in degrees. */
export function offEarthNote(magic: string, flags: MagicArguments["flags"], box?: Readonly<Box>): string | undefined {
  const [west, south, east, north] = box ?? [Number(flags["lng"] ?? 0), 0, 0, 0];
  const wrong = [
    ...[south, north].filter((latitude) => Math.abs(latitude) > 90).map((latitude) => `latitude ${latitude}`),
    ...[west, east].filter((longitude) => Math.abs(longitude) > 360).map((longitude) => `longitude ${longitude}`),
  ];
  if (wrong.length === 0) return undefined;
  return `${magic}: ${wrong.join(" and ")} is no place on Earth, and is drawn at the map's edge: places are in degrees, longitude first.\n`;
}

/** The tile of a place: the tile itself, or the one whose box this is. */
export function tileOfPlace(place: TilePlace): Tile | undefined {
  return "tile" in place ? place.tile : nearest(place.bounds);
}

function readTileWord(magic: string, word: string): Tile {
  const parts = word.split("/");
  if (parts.length !== 3)
    throw new MagicError(`${magic}: a tile is z/x/y, such as 13/2411/3079; what came is ${word}.`);
  const [z, x, y] = parts.map((part) => readNumber(magic, "the tile", part));
  return readTile([x!, y!, z!]);
}

function readNumber(magic: string, what: string, text: string): number {
  const number = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new MagicError(`${magic}: ${what} needs numbers; what came is ${JSON.stringify(text)}.`);
}
