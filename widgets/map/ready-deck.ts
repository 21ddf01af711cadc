import { Buffer } from "node:buffer";
import type { NetworkPermission } from "../../engine/run-types.ts";
import { isArrowTable } from "../../engine/values/geoarrow.ts";
import { imageType } from "../picture/image-type.ts";
import { checkDeckLayer } from "./deck-json.ts";
import type { DeckLayerName, DeckObject } from "./deck-json.ts";
import { deckShapes } from "./deck-features.ts";
import type { DeckShapes } from "./deck-features.ts";
import { boundsOfFeatures, featureSet } from "./features.ts";
import type { Layer } from "./layers.ts";
import type { Bounds } from "./mercator.ts";
import { readBytes } from "./sources/read-bytes.ts";

/** A layer of deck.gl's JSON, ready for the picture and for pages. */
export interface ReadyDeck {
  name: DeckLayerName;
  /** What the notebook stores of it. */
  json: Record<string, unknown>;
  /** JSON of the rows and of what is long besides. */
  heavy: Uint8Array;
  count: number;
  bounds?: Bounds;
  /** As the picture draws it; undefined for what it cannot. */
  still?: Layer;
}

/** JSON of a property that is longer goes with the data rather than into the notebook. */
const longest = 1_000;
const imageProps = ["image", "iconAtlas", "texture"];

/**
 * Reads a layer of deck.gl's JSON: looks whether this map has what it names, fetches what it names by address (a page
 * never does), and works out where its rows lie.
 * @throws TypeError naming what there is not
 */
export async function readyDeck(layer: DeckObject, network?: NetworkPermission): Promise<ReadyDeck> {
  const name = checkDeckLayer(layer);
  const { "@@type": _, data: given, ...props } = layer;
  const data = await rowsOf(given, name, network);
  for (const prop of imageProps) {
    if (typeof props[prop] === "string" && !props[prop].startsWith("data:"))
      props[prop] = await imageAddress(props[prop], network);
  }
  const shapes = await deckShapes(layer, name, data);
  const small: Record<string, unknown> = { "@@type": name };
  const large: Record<string, unknown> = {};
  for (const [prop, value] of Object.entries(props)) {
    const isSmall = (JSON.stringify(value, plain) ?? "").length <= longest;
    (isSmall ? small : large)[prop] = value;
  }
  const still = shapes ? stillOf(shapes, layer, name) : pictureOf(name, props);
  return {
    name,
    json: small,
    heavy: new TextEncoder().encode(JSON.stringify({ data, props: large }, plain)),
    count: Array.isArray(data) ? data.length : data === undefined ? 0 : 1,
    bounds: shapes ? await boundsOf(shapes) : still?.type === "raster" ? still.bounds : undefined,
    still,
  };
}

async function boundsOf({ data }: DeckShapes): Promise<Bounds | undefined> {
  if (Array.isArray(data) && data.length === 0) return undefined;
  const features = await featureSet(data);
  return boundsOfFeatures(features, Array(features.count).keys());
}

function stillOf({ data, style }: DeckShapes, { id }: DeckObject, name: string): Layer | undefined {
  if (Array.isArray(data) && data.length === 0) return undefined;
  return { type: "vector", name: id ?? name, data, style };
}

function pictureOf(name: DeckLayerName, { image, bounds, opacity, id }: Record<string, unknown>): Layer | undefined {
  if (name !== "BitmapLayer" || typeof image !== "string" || !Array.isArray(bounds) || bounds.length !== 4)
    return undefined;
  const bytes = Buffer.from(image.slice(image.indexOf(",") + 1), "base64");
  const look = typeof opacity === "number" ? { opacity } : {};
  return {
    type: "raster",
    name: typeof id === "string" ? id : name,
    image: new Uint8Array(bytes),
    bounds: bounds as Bounds,
    ...look,
  };
}

/** Rows as JSON has them. */
async function rowsOf(data: unknown, name: string, network?: NetworkPermission): Promise<unknown> {
  if (typeof data === "string") {
    if (data.trimStart().startsWith("[") || data.trimStart().startsWith("{")) return JSON.parse(data) as unknown;
    const bytes = await readBytes(data, { network });
    if (!bytes) throw new Error(`There is no ${data}, the data of the ${name}.`);
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    } catch {
      throw new TypeError(`The data of the ${name} at ${data} is no JSON. Read it in a cell and give its rows.`);
    }
  }
  if (isArrowTable(data as never))
    return (data as { toArray(): { toJSON(): unknown }[] }).toArray().map((row) => row.toJSON());
  return data;
}

async function imageAddress(address: string, network?: NetworkPermission): Promise<string> {
  if (address.startsWith("@@")) return address;
  const bytes = await readBytes(address, { network });
  const type = bytes && imageType(bytes);
  if (!type) throw new TypeError(`${address} is no image.`);
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Uint8Array) : value;
}
