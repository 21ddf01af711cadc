import { resolve } from "node:path";
import { TileType } from "pmtiles";
import type { NetworkPermission } from "../../../engine/run-types.ts";
import type { Bounds } from "../mercator.ts";
import { openPmtiles } from "./open-pmtiles.ts";
import { isWebAddress, readBytes } from "./read-bytes.ts";
import { drawnTypes } from "./style-layers.ts";
import type { MapStyle, SourceSpec, StyleSource } from "./source-spec.ts";
import { isPmtiles, isTemplate } from "./tile-address.ts";
import type { TileAddress } from "./tile-address.ts";

/** Colours of a ground that a vector file has no style of its own for. */
export type Ground = "light" | "dark";

const deepest = 19;

/**
 * Finds out what there is at an address: zooms, box, pictures or vector tiles.
 * @param ground a vector file becomes pictures in these colours; absent: it stays what it is
 * @returns the source, and in words what of a style is not drawn
 * @throws Error where it cannot be reached, TypeError where it is none of the three
 */
export async function resolveSource(
  { url, attribution = "", minZoom, maxZoom, tileSize }: TileAddress,
  network: NetworkPermission | undefined,
  ground?: Ground,
): Promise<{ source: SourceSpec; warnings: string[] }> {
  const address = isWebAddress(url) || isTemplate(url) ? url : resolve(url.replace(/^file:\/\//, ""));
  const own = { attribution, network };
  if (isTemplate(url)) {
    const isVector = /\.(mvt|pbf)($|\?)/i.test(url);
    const size = tileSize ?? (isVector ? 512 : 256);
    const isUpsideDown = url.includes("{-y}");
    const urls = [url.replace("{-y}", "{y}")];
    const zooms = { minZoom: minZoom ?? 0, maxZoom: maxZoom ?? (isVector ? 14 : deepest) };
    return {
      source: { ...own, ...zooms, kind: "addresses", urls, isUpsideDown, isVector, tileSize: size },
      warnings: [],
    };
  }
  if (isPmtiles(url)) return { source: await pmtilesSource(address, own, ground), warnings: [] };
  if (/\.json($|\?)|\/style$/i.test(url) || isWebAddress(url)) return styleSource(address, own);
  throw new TypeError(`${url} is no address of tiles (with {z}, {x} and {y}), no .pmtiles file and no style (.json).`);
}

type Own = { attribution: string; network?: NetworkPermission };

async function pmtilesSource(address: string, own: Own, ground?: Ground): Promise<SourceSpec> {
  const file = await openPmtiles(address, own.network);
  const header = await file.getHeader().catch((error: Error) => {
    throw new Error(`${address} cannot be read: ${error.message}`);
  });
  const isVector = header.tileType === TileType.Mvt;
  if (!isVector && header.tileType === TileType.Unknown)
    throw new TypeError(`${address} does not say what its tiles are.`);
  const metadata = (await file.getMetadata().catch(() => ({}))) as PmtilesMetadata;
  const { minZoom, maxZoom, minLon, minLat, maxLon, maxLat } = header;
  const bounds: Bounds | undefined = minLon < maxLon && minLat < maxLat ? [minLon, minLat, maxLon, maxLat] : undefined;
  const attribution = own.attribution || plainText(metadata.attribution ?? "");
  const base = { ...own, attribution, minZoom, maxZoom, bounds, isVector, tileSize: isVector ? 512 : 256 };
  const source: SourceSpec = { ...base, kind: "pmtiles", address };
  if (!isVector || !ground) return source;
  const style = await groundStyle(metadata.vector_layers ?? [], ground);
  // Deeper than the file goes its deepest tiles are drawn larger.
  return { ...base, kind: "style", style, sources: { ground: source }, isVector: false, maxZoom: deepest };
}

interface PmtilesMetadata {
  attribution?: string;
  vector_layers?: { id: string }[];
}

/** Protomaps' own look where the file has its layers, else plain areas, lines and dots. */
async function groundStyle(layers: { id: string }[], ground: Ground): Promise<MapStyle> {
  const names = new Set(layers.map(({ id }) => id));
  if (names.has("earth") && names.has("water")) {
    const { layers: styleLayers, namedFlavor } = await import("@protomaps/basemaps");
    const made = styleLayers("ground", namedFlavor(ground), { lang: "en" });
    return { layers: made as unknown as MapStyle["layers"], sources: {} };
  }
  const [back, area, line] = ground === "light" ? ["#f4f5f3", "#dfe5e0", "#8d9aa3"] : ["#14181c", "#262d33", "#5c6872"];
  const drawn = [...names].flatMap((name) => {
    const of = { source: "ground", "source-layer": name };
    const isOf = (type: string) => ["==", ["geometry-type"], type];
    return [
      { id: `${name}-areas`, type: "fill", ...of, filter: isOf("Polygon"), paint: { "fill-color": area } },
      {
        id: `${name}-edges`,
        type: "line",
        ...of,
        filter: isOf("Polygon"),
        paint: { "line-color": line, "line-width": 0.6 },
      },
      {
        id: `${name}-lines`,
        type: "line",
        ...of,
        filter: isOf("LineString"),
        paint: { "line-color": line, "line-width": 1 },
      },
      {
        id: `${name}-dots`,
        type: "circle",
        ...of,
        filter: isOf("Point"),
        paint: { "circle-color": line, "circle-radius": 2 },
      },
    ];
  });
  return { layers: [{ id: "back", type: "background", paint: { "background-color": back } }, ...drawn], sources: {} };
}

async function styleSource(address: string, own: Own): Promise<{ source: SourceSpec; warnings: string[] }> {
  const style = (await readJson(address, own.network)) as MapStyle;
  if (!Array.isArray(style.layers) || typeof style.sources !== "object") {
    throw new TypeError(`${address} is no MapLibre style: it has no layers and sources.`);
  }
  const sources: Record<string, SourceSpec> = {};
  const warnings: string[] = [];
  for (const [name, each] of Object.entries(style.sources)) {
    const made = await sourceOfStyle(each, address, own);
    if (made) sources[name] = made;
    else warnings.push(`The style's source "${name}" is of the type ${each.type}, which is not drawn.`);
  }
  const left = [...new Set(style.layers.map(({ type }) => type))].filter((type) => !drawnTypes.includes(type));
  if (left.length > 0) warnings.push(`The style's layers of the type ${left.join(", ")} are not drawn.`);
  if (style.layers.some(({ type, layout }) => type === "symbol" && layout?.["icon-image"] !== undefined))
    warnings.push("The style's icons are not drawn; its texts are.");
  const said = Object.values(sources).flatMap(({ attribution }) => attribution || []);
  const attribution = own.attribution || [...new Set(said)].join(", ");
  const base = { ...own, attribution, minZoom: 0, maxZoom: deepest, tileSize: 512, isVector: false };
  return { source: { ...base, kind: "style", style: { layers: style.layers, sources: {} }, sources }, warnings };
}

async function sourceOfStyle(source: StyleSource, address: string, own: Own): Promise<SourceSpec | undefined> {
  if (source.type !== "vector" && source.type !== "raster") return undefined;
  const isVector = source.type === "vector";
  const inFile = source.url?.replace(/^pmtiles:\/\//, "");
  if (inFile !== undefined && isPmtiles(inFile)) return pmtilesSource(besides(inFile, address), own);
  // A TileJSON says more of the same.
  const from = source.url === undefined ? undefined : besides(source.url, address);
  const told = from === undefined ? source : { ...((await readJson(from, own.network)) as StyleSource), ...source };
  if (!told.tiles || told.tiles.length === 0) return undefined;
  return {
    ...own,
    kind: "addresses",
    urls: told.tiles.map((each) => besides(each, from ?? address)),
    isUpsideDown: told.scheme === "tms",
    isVector,
    minZoom: told.minzoom ?? 0,
    maxZoom: told.maxzoom ?? (isVector ? 14 : deepest),
    tileSize: told.tileSize ?? 512,
    attribution: plainText(told.attribution ?? ""),
  };
}

/** An address that stands in a file, as seen from that file. */
function besides(address: string, file: string): string {
  if (isWebAddress(address)) return address;
  if (!isWebAddress(file)) return resolve(file, "..", address);
  const kept = address.replaceAll("{", "%7B").replaceAll("}", "%7D");
  return new URL(kept, file).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
}

async function readJson(address: string, network?: NetworkPermission): Promise<unknown> {
  const bytes = await readBytes(address, { network });
  if (!bytes) throw new Error(`There is no ${address}.`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    throw new TypeError(`${address} is no JSON.`);
  }
}

/** Attributions are often HTML; here they are text. */
function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&copy;", "©")
    .replaceAll("&amp;", "&")
    .trim();
}
