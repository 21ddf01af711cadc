import type { Parameter, ParameterSchema } from "../engine/udf-frame.ts";
import { areaBounds, areaValue, numberOf, readArea, tileFrom } from "./area.ts";
import type { Area } from "./area.ts";
import { abbreviate, BadValue } from "./bad-value.ts";
import { UdfParameterError } from "./errors.ts";
import { tile, tiles, zoomFor } from "./tiles/index.ts";
import type { Tile } from "./tiles/index.ts";
import { TileError } from "./tiles/tile.ts";

/** What a tile run is for: one map tile, a box, or geometries. */
export type TileArgument = Area;

const areaNames = ["bounds", "bbox", "tile"] as const;
const tileNames = ["x", "y", "z", "lat", "lng", ...areaNames] as const;
const tileKinds = new Set(["Bounds", "Bbox", "TileXYZ", "TileGDF", "ViewportGDF"]);
const fannedOutKinds = new Set(["TileXYZ", "TileGDF"]);

const howToGive =
  "Give a tile in one way: { x, y, z }, { lat, lng, z }, { bounds: [west, south, east, north] }, { bbox: polygon or " +
  "GeoJSON }, or { tile: { x, y, z } }.";

/**
 * The parameter that takes the tile or box of a tile run, wherever it stands: the one named bounds, bbox or tile whose
 * type can hold it; else the first of a tile type; else a GeoDataFrame that stands first. Undefined: the UDF takes none.
 */
export function tileParameter({ parameters }: ParameterSchema): Parameter | undefined {
  const probe: Area = { kind: "tile", tile: { x: 0, y: 0, z: 0 } };
  for (const name of areaNames) {
    const named = parameters.find((parameter) => parameter.name === name);
    if (named && areaValue(named.type, probe) !== undefined) return named;
  }
  const typed = parameters.find(({ type }) => tileKinds.has(type.kind));
  return typed ?? (parameters[0]?.type.kind === "GeoDataFrame" ? parameters[0] : undefined);
}

/** Whether a map should ask this UDF for each tile: its first parameter is typed as a tile or a box (fused-spec.md 4.1). */
export function isTileUdf({ parameters }: ParameterSchema): boolean {
  const [first] = parameters;
  return first !== undefined && tileKinds.has(first.type.kind);
}

/** A call's values, parted into the tile it is for and the parameters. */
export interface PartedArguments {
  argument: TileArgument | undefined;
  /** Zoom of the tiles to cover a box with, where one was given beside it. */
  zoom: number | undefined;
  parameters: Record<string, unknown>;
}

/**
 * Takes the tile out of the values of a call, in the five ways of fused-spec.md 4.3. A name that the UDF declares as a
 * parameter of another kind is a parameter, not a way to give a tile.
 * @throws UdfParameterError where the ways conflict, one is incomplete, or there is no such tile
 */
export function takeTileArgument(
  schema: ParameterSchema,
  given: Record<string, unknown>,
  udfName = "the UDF",
): PartedArguments {
  const taker = tileParameter(schema)?.name;
  const declared = new Set(schema.parameters.map(({ name }) => name).filter((name) => name !== taker));
  const parameters = { ...given };
  const forms: Record<string, unknown> = {};
  for (const name of tileNames) {
    if (given[name] === undefined || given[name] === null || declared.has(name)) continue;
    if (name === "z" && !hasTileForm(given, declared)) continue;
    forms[name] = given[name];
    delete parameters[name];
  }
  // Without a parameter that could take a tile, a stray x is a mistyped parameter and is told as one.
  if (taker === undefined && !isComplete(forms)) return { argument: undefined, zoom: undefined, parameters: given };
  return { ...readTileArgument(forms, udfName), parameters };
}

function isComplete(forms: Record<string, unknown>): boolean {
  const have = (names: readonly string[]): boolean => names.every((name) => forms[name] !== undefined);
  return have(["x", "y", "z"]) || have(["lat", "lng", "z"]) || areaNames.some((name) => forms[name] !== undefined);
}

/** Whether a lone `z` is part of a tile: without any other part it is a mistyped parameter, and is told as one. */
function hasTileForm(given: Record<string, unknown>, declared: ReadonlySet<string>): boolean {
  return tileNames.some((name) => name !== "z" && (given[name] ?? undefined) !== undefined && !declared.has(name));
}

/**
 * Reads a tile from its five forms: lat, lng and z; x, y and z; bounds; bbox; tile. `z` beside bounds or bbox is the zoom
 * of the tiles to cover them with. Numbers may be text.
 * @throws UdfParameterError
 */
export function readTileArgument(
  forms: Record<string, unknown>,
  udfName = "the UDF",
): { argument: TileArgument | undefined; zoom: number | undefined } {
  const has = (name: string): boolean => forms[name] !== undefined;
  const given = tileNames.filter(has);
  if (given.length === 0) return { argument: undefined, zoom: undefined };
  const fail = (why: string, value?: unknown): never => {
    throw new UdfParameterError(`${udfName}: ${why}`, { udfName, parameter: given[0], value });
  };
  const areas = areaNames.filter(has);
  const byIndex = has("x") || has("y");
  const byPlace = has("lat") || has("lng");
  if (areas.length + Number(byIndex) + Number(byPlace) !== 1) {
    fail(`${given.join(", ")} are more than one tile. ${howToGive}`);
  }
  if (byIndex || byPlace) {
    const wanted = byIndex ? ["x", "y", "z"] : ["lat", "lng", "z"];
    const missing = wanted.filter((name) => !has(name));
    if (missing.length > 0) fail(`${given.join(", ")} without ${missing.join(" and ")} is no tile. ${howToGive}`);
  }
  const zoom = has("z") ? numberOf(forms["z"]) : undefined;
  try {
    if (zoom !== undefined && !(Number.isInteger(zoom) && zoom >= 0 && zoom <= 28)) {
      throw new BadValue("a zoom, which is a whole number from 0 to 28");
    }
    if (byIndex) return { argument: { kind: "tile", tile: tileFrom(forms["x"], forms["y"], zoom) }, zoom: undefined };
    if (byPlace) {
      const place = tile(numberOf(forms["lng"]), numberOf(forms["lat"]), zoom!);
      return { argument: { kind: "tile", tile: place }, zoom: undefined };
    }
    const argument = readArea(forms[areas[0]!]);
    if (argument.kind === "tile" && zoom !== undefined) fail(`${areas[0]} is a tile, and z another one. ${howToGive}`);
    return { argument, zoom };
  } catch (error) {
    if (error instanceof TileError) fail(`${error.message}.`, forms);
    if (!(error instanceof BadValue)) throw error;
    const value = areas[0] ? forms[areas[0]] : Object.fromEntries(given.map((name) => [name, forms[name]]));
    throw new UdfParameterError(
      `${udfName}: ${given.join(", ")} must be ${error.message}; what came is ${abbreviate(value)}.`,
      {
        udfName,
        parameter: given[0],
        value,
        line: error.line,
        column: error.column,
      },
    );
  }
}

/** What the runs of one tile run get. */
export interface TileRuns {
  /** The parameter that takes it. */
  parameter: string;
  /** Its value in each run: one, or one a tile where a UDF of a tile type was given a larger area. */
  values: unknown[];
  /** The tile of each run, where it was cut into tiles; the runner puts the results together again. */
  tiles: Tile[] | undefined;
}

/**
 * The value of the tile parameter. A UDF typed Bounds, Bbox or GeoDataFrame runs once; one typed TileXYZ, TileGDF or Tile
 * that is given a box or geometries runs once for each tile that covers them (fused-spec.md 4.3).
 * @param zoom zoom of those tiles; default the one at which a tile is about as large as the area
 * @throws UdfParameterError where the UDF has no parameter that could take it
 */
export function fillTileParameter(
  schema: ParameterSchema,
  argument: TileArgument,
  options: { zoom?: number; udfName?: string } = {},
): TileRuns {
  const udfName = options.udfName ?? "the UDF";
  const parameter = tileParameter(schema);
  if (!parameter) {
    throw new UdfParameterError(
      `${udfName} cannot run for a tile, because it has no parameter to take one: declare bounds: Bounds (or bbox, ` +
        "tile, or a parameter of a type such as TileXYZ or GeoDataFrame).",
      { udfName },
    );
  }
  const { name, type } = parameter;
  if (argument.kind === "tile" || !fannedOutKinds.has(type.kind)) {
    return { parameter: name, values: [areaValue(type, argument)], tiles: undefined };
  }
  const box = areaBounds(argument);
  let covering: Tile[];
  try {
    covering = tiles(...box, options.zoom ?? zoomFor(box), { truncate: true });
  } catch (error) {
    if (!(error instanceof TileError)) throw error;
    throw new UdfParameterError(`${udfName}: ${error.message}.`, { udfName, parameter: name });
  }
  return {
    parameter: name,
    values: covering.map((each) => areaValue(type, { kind: "tile", tile: each })),
    tiles: covering,
  };
}
