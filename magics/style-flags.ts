import type { TileOptions } from "../widgets/map/display-tile.ts";
import type { MagicArguments } from "./arguments.ts";
import { MagicError } from "./magic.ts";

/** Flags of the magics that draw what a UDF gives. */
export const styleFlags = { domain: "min,max", palette: "viridis" } as const;

/** How these flags appear in a magic's usage. */
export const styleUsage = `  --domain MIN,MAX       values at the ends of the colours (default for floats: 0,1)
  --palette NAME         colours of one band or of a number: viridis, magma, YlGnBu, gray, …; NAME_r is backwards`;

/**
 * What the flags say about colours, for rasters and for features alike.
 * @throws MagicError where --domain is not two numbers, or there is no such palette
 */
export async function readStyleFlags(
  magic: string,
  { domain, palette }: MagicArguments["flags"],
): Promise<Pick<TileOptions, "domain" | "palette" | "style">> {
  const given = {
    ...(domain !== undefined && { domain: readDomain(magic, String(domain)) }),
    ...(palette !== undefined && { palette: await readPalette(magic, String(palette)) }),
  };
  return { ...given, style: given };
}

function readDomain(magic: string, text: string): [number, number] {
  const parts = text.replace(/^\[|\]$/g, "").split(",");
  const [least, greatest] = parts.map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (parts.length === 2 && Number.isFinite(least) && Number.isFinite(greatest) && least !== greatest)
    return [least!, greatest!];
  throw new MagicError(`${magic}: --domain takes two numbers, as in --domain 0,255; what came is ${text}.`);
}

async function readPalette(magic: string, name: string): Promise<string> {
  const { rampOf } = await import("../widgets/map/palette.ts");
  try {
    rampOf(name);
    return name;
  } catch (error) {
    throw new MagicError(`${magic}: --palette: ${(error as Error).message}`);
  }
}
