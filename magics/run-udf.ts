import { inspect } from "node:util";
import { readAssignments, readFlags, splitWords, type MagicArguments } from "./arguments.ts";
import { findUdf, lookupExpression } from "./find-udf.ts";
import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { readRunFlags, runFlags } from "./run-flags.ts";
import { showAny } from "./show-any.ts";
import { readPlace } from "./tile-place.ts";

const magic = "%run_udf";
const flags = { tile: "z/x/y", latlng: "lat,lng,z", bounds: "w,s,e,n", format: "FORMAT", ...runFlags } as const;

export const runUdf: Magic = {
  name: "run_udf",
  kinds: ["line"],
  summary: "Runs a UDF once and shows the result.",
  usage: `%run_udf NAME [param=value …] [--tile Z/X/Y | --latlng LAT,LNG,Z | --bounds W,S,E,N]

Runs the UDF with the parameters given, for a place where one is given, and shows the result. The same as
await NAME.run({ param: value }, { engine, timeout, cacheMaxAge }); the value is the UDF's: const n = %run_udf count n=3

  --format FORMAT        shows the result as a file of this format: json, csv, geojson, html, png, jpeg, webp …
  --engine ENGINE        where it runs: local, or a size of the service
  --timeout SECONDS      longest time that the run may take
  --cache-max-age AGE    how old a kept result may be`,
  expressions: (line) => ({ udf: lookupExpression(splitWords(line)[0]) }),
  async run({ line, values, assigned }, session) {
    const { flags: given, rest } = readFlags(magic, line, flags);
    const { words, values: parameters } = readAssignments(rest);
    const [name, extra] = words;
    const target = await findUdf(magic, name, values["udf"], session);
    if (extra !== undefined) throw new MagicError(`${magic}: ${extra} is too much: parameters are written name=value.`);
    const value = await target.run(parameters, { ...placeOf(given), ...readRunFlags(magic, given) });
    const { format } = given;
    if (format !== undefined) await showEncoded(value, String(format), session);
    else if (!assigned && value !== undefined) session.display(await showAny(value));
    return assigned ? value : undefined;
  },
};

function placeOf(given: MagicArguments["flags"]) {
  const named = ["tile", "latlng", "bounds"].filter((flag) => given[flag] !== undefined);
  if (named.length > 1) throw new MagicError(`${magic}: --${named.join(" and --")} are more than one place: give one.`);
  const { tile, latlng, bounds } = given;
  if (latlng === undefined) {
    const place = readPlace(
      magic,
      tile === undefined ? undefined : String(tile),
      bounds === undefined ? {} : { bounds },
    );
    return place && ("tile" in place ? place.tile : place);
  }
  const [lat, lng, z, more] = String(latlng).split(",");
  if (z === undefined || more !== undefined)
    throw new MagicError(`${magic}: --latlng is lat,lng,zoom; what came is ${latlng}.`);
  const place = readPlace(magic, undefined, { lat: lat!, lng: lng!, z });
  return place && "tile" in place ? place.tile : undefined;
}

/** The value as a file: pictures and pages are drawn, other text is shown, other bytes are told by their size. */
async function showEncoded(value: unknown, format: string, session: MagicSession): Promise<void> {
  const { encode } = await import("../fused/formats/index.ts");
  const { bytes, mediaType } = await encode(value, format);
  const buffer = Buffer.from(bytes);
  if (/^image\/(png|jpeg|webp|gif)/.test(mediaType)) {
    const { displayImage } = await import("../widgets/picture/display-image.ts");
    session.display(await displayImage(bytes, mediaType.split(";")[0] as Parameters<typeof displayImage>[1]));
    return;
  }
  const text = buffer.toString("utf8");
  if (mediaType.startsWith("text/html"))
    session.display({ data: { "text/html": text, "text/plain": text }, metadata: {} });
  else if (/^text\/|json|xml/.test(mediaType)) session.print(text.endsWith("\n") ? text : `${text}\n`);
  else session.print(`${inspect(format)}: ${mediaType}, ${bytes.length} bytes\n`);
}
