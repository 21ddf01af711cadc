import type { Tile } from "../fused/tiles/index.ts";
import { bounds, neighbors, parent, quadkey, tilesFor } from "../fused/tiles/index.ts";
import { readFlags, splitWords } from "./arguments.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { placeFlags, readPlace, tileOfPlace } from "./tile-place.ts";

const magic = "%tile";

export const tile: Magic = {
  name: "tile",
  kinds: ["line"],
  summary: "Says where a map tile is: bounds, quadkey, neighbours, a small map.",
  usage: `%tile Z/X/Y
%tile LAT,LNG,Z
%tile W,S,E,N
%tile --lat LAT --lng LNG --z ZOOM | --bounds W,S,E,N

Prints the tile (of a box: the tiles about as large as it that cover it), its bounds in degrees, its quadkey, its parent
and its neighbours, and shows it on a small map. The value is the tile: const t = %tile 13/2411/3079`,
  async run({ line, assigned }, session) {
    const { flags, rest } = readFlags(magic, line, placeFlags);
    const [word, extra] = splitWords(rest.replace(/\s*,\s*/g, ","));
    if (extra !== undefined) throw new MagicError(`${magic}: ${extra} is too much: give one tile.`);
    const place = word?.includes(",") ? readNumbers(word, flags) : readPlace(magic, word, flags);
    if (!place)
      throw new MagicError(
        `${magic} needs a tile: ${magic} 13/2411/3079, ${magic} 40.73,-74.02,13 or ${magic} w,s,e,n.`,
      );
    const exact = tileOfPlace(place);
    const tiles = exact
      ? [exact]
      : tilesFor((place as { bounds: [number, number, number, number] }).bounds, { count: 4 });
    session.print(tiles.length === 1 ? describeTile(tiles[0]!) : `${tiles.map(name).join("\n")}\n`);
    const { displayTiles } = await import("../widgets/map/display-tile.ts");
    session.display(await displayTiles(tiles, { width: 360, height: 240 }));
    return assigned ? (exact ?? tiles) : undefined;
  },
};

/** `lat,lng,z` or `w,s,e,n`. */
function readNumbers(word: string, flags: Record<string, string | true>) {
  const parts = word.split(",");
  if (parts.length === 4) return readPlace(magic, undefined, { ...flags, bounds: word });
  if (parts.length === 3) {
    const [lat, lng, z] = parts as [string, string, string];
    return readPlace(magic, undefined, { ...flags, lat, lng, z });
  }
  throw new MagicError(
    `${magic}: three numbers are lat,lng,zoom and four are west,south,east,north; ${word} has ${parts.length}.`,
  );
}

function describeTile(one: Tile): string {
  const above = parent(one);
  const rows = [
    ["tile", `${name(one)} (z/x/y)`],
    ["bounds", bounds(one).join(", ")],
    ["quadkey", quadkey(one) || "(none at zoom 0)"],
    ["parent", above ? name(above) : "(none at zoom 0)"],
    ["neighbours", neighbors(one).map(name).join(" ") || "(none at zoom 0)"],
  ];
  return rows.map(([label, text]) => `${label!.padEnd(11)} ${text}\n`).join("");
}

function name({ z, x, y }: Tile): string {
  return `${z}/${x}/${y}`;
}
