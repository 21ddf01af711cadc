import { UdfParameterError } from "../../fused/errors.ts";
import { formatNamed, insteadOf } from "../../fused/formats/format-names.ts";
import { tileFrom } from "../../fused/area.ts";
import { BadValue } from "../../fused/bad-value.ts";
import { TileError } from "../../fused/tiles/tile.ts";
import type { Tile } from "../../fused/tiles/index.ts";
import { HttpError } from "../http/http-error.ts";

const deepest = 28;

/**
 * The tile of an address `…/z/x/y` or `…/z/x/y.ext`.
 * @throws HttpError 422 where there is no such tile, or no such format
 */
export function tileInPath(params: Record<string, string>): { tile: Tile; extension: string | undefined } {
  const { z = "", x = "", y: last = "" } = params;
  const [y = "", extension] = last.split(/\.(.*)/s, 2);
  if (![z, x, y].every((part) => /^\d{1,9}$/.test(part)) || Number(z) > deepest) throw noTile(`${z}/${x}/${y}`);
  if (extension !== undefined && !formatNamed(extension) && !insteadOf(extension)) {
    throw new HttpError(422, "FormatError", `There is no format ${extension.slice(0, 20)}.`);
  }
  try {
    return { tile: tileFrom(x, y, Number(z)), extension };
  } catch (error) {
    if (error instanceof BadValue || error instanceof TileError || error instanceof UdfParameterError) {
      throw noTile(`${z}/${x}/${y}`);
    }
    throw error;
  }
}

function noTile(address: string): HttpError {
  const message = `${address.slice(0, 60)} is no tile: z/x/y are whole numbers, z from 0 to ${deepest}, x and y below 2 to the power of z.`;
  return new HttpError(422, "UdfParameterError", message);
}
