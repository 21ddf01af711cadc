/** What a value is, as far as formats go (fused-spec.md 3.1). */
export type Family = "table" | "raster" | "bytes" | "text" | "simple" | "dict" | "response";

export interface Format {
  mediaType: string;
  /** Of a file's name, without the dot. */
  extension: string;
  families: readonly Family[];
}

const image = ["raster", "bytes"] as const;

/** Every format that values are written in. `bytes` is what bytes are when no other name is given to them. */
export const formats = {
  parquet: { mediaType: "application/vnd.apache.parquet", extension: "parquet", families: ["table"] },
  arrow: { mediaType: "application/vnd.apache.arrow.stream", extension: "arrows", families: ["table"] },
  feather: { mediaType: "application/vnd.apache.arrow.file", extension: "feather", families: ["table"] },
  geojson: { mediaType: "application/geo+json", extension: "geojson", families: ["table"] },
  json: { mediaType: "application/json", extension: "json", families: ["table", "text", "simple", "dict"] },
  csv: { mediaType: "text/csv; charset=utf-8", extension: "csv", families: ["table"] },
  xlsx: {
    mediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extension: "xlsx",
    families: ["table"],
  },
  xml: { mediaType: "application/xml", extension: "xml", families: ["table"] },
  mvt: { mediaType: "application/vnd.mapbox-vector-tile", extension: "mvt", families: ["table"] },
  html: { mediaType: "text/html; charset=utf-8", extension: "html", families: ["table", "text"] },
  png: { mediaType: "image/png", extension: "png", families: image },
  jpeg: { mediaType: "image/jpeg", extension: "jpg", families: image },
  webp: { mediaType: "image/webp", extension: "webp", families: image },
  tiff: { mediaType: "image/tiff; application=geotiff", extension: "tif", families: image },
  npy: { mediaType: "application/x-npy", extension: "npy", families: ["raster"] },
  bytes: { mediaType: "application/octet-stream", extension: "bin", families: ["bytes"] },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

const aliases: Record<string, FormatName> = {
  jpg: "jpeg",
  tif: "tiff",
  geotiff: "tiff",
  arrows: "arrow",
  pbf: "mvt",
  htm: "html",
  excel: "xlsx",
};

/** Formats of the original that this version does not write, and what comes nearest. */
const leftOut: Record<string, string> = {
  gif: "png or webp",
  apng: "png or webp",
  svg: "png",
};

/** The format of a name or one of its other spellings; undefined where there is none. */
export function formatNamed(name: string): FormatName | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(formats, lower) ? (lower as FormatName) : aliases[lower];
}

/** What to use instead of a format that is known and not written here. */
export function insteadOf(name: string): string | undefined {
  return leftOut[name.toLowerCase()];
}

/** The formats that fit a family. */
export function formatsFor(family: Family): FormatName[] {
  return (Object.keys(formats) as FormatName[]).filter((name) =>
    (formats[name].families as readonly Family[]).includes(family),
  );
}

/** The media type of each format, by name. */
export const mediaTypes = Object.fromEntries(
  Object.entries(formats).map(([name, { mediaType }]) => [name, mediaType]),
) as Record<FormatName, string>;
