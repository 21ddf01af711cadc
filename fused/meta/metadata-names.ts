import { isDeepStrictEqual } from "node:util";

/** What stands before the names of the product's own metadata in a `meta.json`. */
const prefix = "fused:";

/** Names that get the prefix when they are written for the first time (fused-spec.md 7.3); others are the author's own. */
const productNames = new Set(
  (
    "udfType slug name vizConfig description defaultViewState id assetUrl gitPath gitRef gitLastModified gitRepo " +
    "gitAuthorNames gitAuthorUrls gitAuthorUsernames gitAuthorAvatarUrls gitUrl gitHistory tags explorerTab explorerPin " +
    "defaultParameters userCreatedShareToken datasets mcp nodeTemplate filePreview filePreviewExtensions " +
    "filePreviewMenuOrder"
  ).split(" "),
);

type Metadata = Record<string, unknown>;

/** Metadata of a file under the names that a Udf has it by: `fused:slug` is `slug`, unless the file has both. */
export function metadataFromFile(written: Metadata): Metadata {
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [nameOf(key, written), value]));
}

/**
 * Metadata as it is written: in the order and under the keys of the file it came from, new names behind them.
 * @param before metadata of that file, if there was one
 */
export function metadataForFile(metadata: Metadata, before: Metadata = {}): Metadata {
  const written: Metadata = {};
  const left = new Map(Object.entries(metadata));
  for (const [key, value] of Object.entries(before)) {
    const name = nameOf(key, before);
    if (!left.has(name)) continue;
    const now = left.get(name);
    written[key] = isDeepStrictEqual(now, plain(value)) ? value : now;
    left.delete(name);
  }
  for (const [name, value] of left) {
    if (value !== undefined) written[productNames.has(name) ? prefix + name : name] = value;
  }
  return written;
}

function nameOf(key: string, all: Metadata): string {
  const name = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  return name === "" || (name !== key && Object.hasOwn(all, name)) ? key : name;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
