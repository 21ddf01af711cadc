import type { Udf } from "../fused/udf.ts";
import type { TileOptions } from "../widgets/map/display-tile.ts";
import type { MimeBundle } from "../widgets/mime-bundle.ts";
import { readAssignments, readFlags, splitWords } from "./arguments.ts";
import { findUdf, lookupExpression } from "./find-udf.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { readRunFlags, runFlags } from "./run-flags.ts";
import { showAny } from "./show-any.ts";
import { readStyleFlags, styleFlags, styleUsage } from "./style-flags.ts";
import type { TilePlace } from "./tile-place.ts";
import { offEarthNote, placeFlags, readPlace, tileOfPlace } from "./tile-place.ts";

const magic = "%run_tile";
const flags = { ...placeFlags, ...styleFlags, ...runFlags } as const;

export const runTile: Magic = {
  name: "run_tile",
  kinds: ["line"],
  summary: "Runs a UDF for one map tile and shows the tile in its place.",
  usage: `%run_tile NAME Z/X/Y [param=value …]
%run_tile NAME --lat LAT --lng LNG --z ZOOM [param=value …]
%run_tile NAME --bounds W,S,E,N [param=value …]

Values of parameters are text, as in a URL; one of the notebook's is written magnitude=\${magnitude}.

Runs the UDF for a tile, or for a box in degrees, and shows the result on a map. The value is the UDF's:
const table = %run_tile quakes 4/2/6 magnitude=5

${styleUsage}
  --engine ENGINE        where it runs: local, or a size of the service
  --timeout SECONDS      longest time that the run may take
  --cache-max-age AGE    how old a kept result may be
  --files FOLDER         let the run read files below this folder`,
  expressions: (line) => ({ udf: lookupExpression(splitWords(line)[0]) }),
  async run({ line, values, assigned }, session) {
    const { flags: given, rest } = readFlags(magic, line, flags);
    const { words, values: params } = readAssignments(rest);
    const [name, tileWord, extra] = words;
    const target = await findUdf(magic, name, values["udf"], session);
    const place = readPlace(magic, tileWord, given);
    if (extra !== undefined) throw new MagicError(`${magic}: ${extra} is too much: parameters are written name=value.`);
    if (!place)
      throw new MagicError(
        `${magic} needs a tile: ${magic} ${name} 13/2411/3079, --lat --lng --z, or --bounds w,s,e,n.`,
      );
    const note = offEarthNote(magic, given, "bounds" in place ? place.bounds : undefined);
    if (note) session.warn(note);
    const style = await readStyleFlags(magic, given);
    const where = "tile" in place ? place.tile : { bounds: place.bounds };
    const value = await target.run(params, { ...where, ...readRunFlags(magic, given) });
    session.display(await drawPlaced(target, value, place, style));
    return assigned ? value : undefined;
  },
};

/** The value on a map, where a tile or a raster lies; the value by itself where it is no thing of a map. */
async function drawPlaced({ name }: Udf, value: unknown, place: TilePlace, style: TileOptions): Promise<MimeBundle> {
  const tile = tileOfPlace(place);
  if (tile) return (await import("../widgets/map/display-tile.ts")).displayTile(value, tile, { name, ...style });
  const [{ displayMap }, { isRaster }] = await Promise.all([
    import("../widgets/map/display-map.ts"),
    import("../widgets/map/raster-value.ts"),
  ]);
  if (isRaster(value) && "bounds" in place) {
    return displayMap([{ type: "raster", name, image: value, bounds: value.bounds ?? place.bounds, ...style }]);
  }
  return showAny(value);
}
