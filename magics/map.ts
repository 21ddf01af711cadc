import type { Box } from "../fused/tiles/index.ts";
import { tilesFor } from "../fused/tiles/index.ts";
import type { Udf } from "../fused/udf.ts";
import type { MapHandle } from "../widgets/map/map-handle.ts";
import { readFlags, splitWords } from "./arguments.ts";
import { findUdf, lookupExpression } from "./find-udf.ts";
import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { checkList, showPool, usePoolView } from "./map-list.ts";
import { readCount, readRunFlags, runFlags } from "./run-flags.ts";
import { readStyleFlags, styleFlags, styleUsage } from "./style-flags.ts";
import { offEarthNote, readBoxText } from "./tile-place.ts";

const magic = "%map";
const flags = {
  ...runFlags,
  ...styleFlags,
  "max-workers": "N",
  "ignore-exceptions": true,
  bounds: "w,s,e,n",
  zoom: "Z",
  controls: true,
  basemap: "NAME",
} as const;

/** Tiles that a static map is made of, at most. */
const mostTiles = 16;
const world: Box = [-180, -85.0511287798066, 180, 85.0511287798066];

export const map: Magic = {
  name: "map",
  kinds: ["line"],
  summary: "Runs a UDF over a list, or shows it as a map.",
  usage: `%map NAME [values] [--max-workers N] [--ignore-exceptions]
%map NAME [--bounds W,S,E,N] [--zoom Z] [--controls] [--basemap NAME] [--domain MIN,MAX] [--palette NAME]

With values (any expression that gives a list) it runs the UDF once for each and shows the progress, then a table of the
results; the value is the pool: const pool = %map quakes [4, 5, 6]. Plain values go to the UDF's first parameter,
objects name parameters. Alone it shows the UDF as a map of the world, or of the bounds given, which asks it for each tile as
you pan; the picture that the notebook keeps has at most ${mostTiles} tiles. The value is a hold on the map: const shown = %map quakes,
then shown.selection, shown.bounds, shown.on("select", …). fused.map does the same with more options.

  --max-workers N        runs at once (default: the number of cores)
  --ignore-exceptions    leave failed runs out instead of stopping with the first error
  --bounds W,S,E,N       what the map shows, in degrees (default: the UDF's own default bounds, else the world)
  --zoom Z               zoom of the map's tiles (default: the map's own)
  --controls             a slider, list, box or date for each of the UDF's parameters
  --basemap NAME         offline (the default), light, dark, satellite, none, or a .pmtiles file or style (.json)
${styleUsage}
  --engine, --timeout, --cache-max-age, --files    as of %run_tile`,
  expressions(line): Record<string, string> {
    const [name, ...values] = splitWords(restOf(line));
    const udf = lookupExpression(name);
    return values.length > 0 ? { udf, values: values.join(" ") } : { udf };
  },
  async run({ line, values, assigned }, session) {
    const { flags: given, rest } = readFlags(magic, line, flags);
    const [name] = splitWords(rest);
    const target = await findUdf(magic, name, values["udf"], session);
    const options = readRunFlags(magic, given);
    if (!Object.hasOwn(values, "values")) {
      const handle = await showMap(target.with(options), given, session);
      return assigned ? handle : undefined;
    }
    const mapOnly = ["bounds", "zoom", "controls", "basemap", ...Object.keys(styleFlags)].find(
      (flag) => given[flag] !== undefined,
    );
    if (mapOnly) throw new MagicError(`${magic}: --${mapOnly} is for a map, and with a list there is none.`);
    const workers = given["max-workers"];
    const maxWorkers = workers === undefined ? undefined : readCount(magic, "max-workers", workers, 1);
    const list = checkList(magic, target, values["values"]);
    const pool = target.map(list, { ...options, ...(maxWorkers !== undefined && { maxWorkers }) });
    await showPool(pool, { ignoreExceptions: given["ignore-exceptions"] === true, kept: assigned }, session);
    return assigned ? pool : undefined;
  },
};

/** The line without its flags; where they are wrong, the line as it is, for `run` to complain about. */
function restOf(line: string): string {
  try {
    return readFlags(magic, line, flags).rest;
  } catch {
    return splitWords(line)[0] ?? "";
  }
}

async function showMap(target: Udf, given: Record<string, string | true>, session: MagicSession): Promise<MapHandle> {
  const { tileParameter } = await import("../fused/tile-arguments.ts");
  const parameter = tileParameter(target.schema);
  if (!parameter) {
    throw new MagicError(
      `${magic}: ${target.name} takes no tile, so it is no map. Give it a parameter bounds: fused.types.Bounds, or a list: ` +
        `${magic} ${target.name} [1, 2, 3].`,
    );
  }
  const box =
    given["bounds"] === undefined ? defaultBox(target, parameter.name) : readBoxText(magic, String(given["bounds"]));
  const note = offEarthNote(magic, given, box);
  if (note) session.warn(note);
  const style = await readStyleFlags(magic, given);
  const zoom = given["zoom"] === undefined ? undefined : readCount(magic, "zoom", given["zoom"]!, 0);
  if (zoom !== undefined) checkZoom(box, zoom);
  await usePoolView();
  const { shownMap } = await import("../widgets/map/map-handle.ts");
  const layer = { data: target as never, name: target.name, palette: style.palette, domain: style.domain };
  const { handle, show } = shownMap([{ ...layer, minZoom: zoom, maxZoom: zoom }], {
    title: target.name,
    bounds: [...box],
    controls: given["controls"] === true,
    ...(given["basemap"] !== undefined && { basemap: String(given["basemap"]) }),
  });
  session.display(await show());
  return handle;
}

/** @throws MagicError where the box has too many tiles for the picture */
function checkZoom(box: Box, zoom: number): void {
  const { length } = tilesFor(box, { zoom });
  if (length <= mostTiles) return;
  throw new MagicError(
    `${magic}: at zoom ${zoom} that are ${length} tiles; a map has at most ${mostTiles}. Use a lower --zoom or smaller --bounds.`,
  );
}

function defaultBox(target: Udf, parameter: string): Box {
  const value = target.parameters[parameter];
  const isBox = Array.isArray(value) && value.length === 4 && value.every((edge) => typeof edge === "number");
  return isBox ? (value as Box) : world;
}
