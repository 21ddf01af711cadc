import { formatNamed } from "../../fused/formats/format-names.ts";
import { tileParameter } from "../../fused/tile-arguments.ts";
import { HttpError } from "../http/http-error.ts";
import type { TokenRow } from "../tokens/token-store.ts";
import type { RunnableUdf } from "./known-udfs.ts";

/**
 * TileJSON 3.0.0 of a shared UDF. What stands in the query goes into the tiles' address; `format` says which tiles, default png,
 * or mvt where the UDF's metadata calls it a vector one.
 * @throws HttpError 422 for a UDF that has no tiles, and for what is no format
 */
export function tileJsonOf(
  { name, frame }: RunnableUdf,
  tokenUrl: string,
  query: URLSearchParams,
  { metadata }: Pick<TokenRow, "metadata">,
): object {
  if (!tileParameter(frame.parameters)) {
    const message = `${name} has no tiles: it has no parameter that takes one. Declare bounds: Bounds (or tile: TileXYZ).`;
    throw new HttpError(422, "UdfParameterError", message);
  }
  const rest = new URLSearchParams(query);
  const usual = /vector/.test(String(frame.metadata["udfType"] ?? "")) ? "mvt" : "png";
  const format = rest.get("format") ?? usual;
  rest.delete("format");
  if (!formatNamed(format)) {
    const message = `There is no format ${JSON.stringify(format.slice(0, 40))}. Of tiles there are png, jpeg, webp, tiff, mvt, geojson.`;
    throw new HttpError(422, "FormatError", message);
  }
  const search = rest.size > 0 ? `?${rest}` : "";
  const facts = { ...frame.metadata, ...metadata };
  const number = (key: string, fallback: number) => (typeof facts[key] === "number" ? facts[key] : fallback);
  const description = facts["description"];
  return {
    tilejson: "3.0.0",
    name,
    ...(typeof description === "string" && { description }),
    scheme: "xyz",
    tiles: [`${tokenUrl}/run/tiles/{z}/{x}/{y}.${format}${search}`],
    minzoom: number("minzoom", 0),
    maxzoom: number("maxzoom", 19),
    bounds:
      Array.isArray(facts["bounds"]) && facts["bounds"].length === 4
        ? facts["bounds"]
        : [-180, -85.0511287798066, 180, 85.0511287798066],
    // The layer of a vector tile is always called so (fused-spec.md 18.2).
    ...(format === "mvt" || format === "pbf" ? { vector_layers: [{ id: "udf", fields: {} }] } : {}),
  };
}
