import type { Tile } from "../mercator.ts";
import { openPmtiles } from "./open-pmtiles.ts";
import { readBytes } from "./read-bytes.ts";
import type { SourceSpec } from "./source-spec.ts";

/** Gives a tile's bytes: an image, a vector tile; undefined where there is none. */
export type TileReader = (tile: Tile, signal?: AbortSignal) => Promise<Uint8Array | undefined>;

/** Opens tiles from elsewhere. A style is drawn, and gives PNG. */
export function openSource(spec: SourceSpec): TileReader {
  switch (spec.kind) {
    case "addresses": {
      const { urls, isUpsideDown, network } = spec;
      return ({ z, x, y }, signal) => {
        const url = urls[(x + y) % urls.length]!;
        const row = isUpsideDown ? 2 ** z - 1 - y : y;
        const filled = url.replaceAll("{z}", String(z)).replaceAll("{x}", String(x)).replaceAll("{y}", String(row));
        return readBytes(filled.replaceAll("{ratio}", "").replaceAll("{r}", ""), { network, signal });
      };
    }
    case "pmtiles": {
      let file: ReturnType<typeof openPmtiles> | undefined;
      return async ({ z, x, y }, signal) => {
        file ??= openPmtiles(spec.address, spec.network);
        const found = await (await file).getZxy(z, x, y, signal);
        return found && new Uint8Array(found.data);
      };
    }
    case "style": {
      const readers = Object.fromEntries(Object.entries(spec.sources).map(([name, each]) => [name, openSource(each)]));
      let drawn: Promise<TileReader> | undefined;
      return async (tile, signal) => {
        drawn ??= import("./draw-style-tile.ts").then(({ styleDrawer }) =>
          styleDrawer(spec.style, spec.sources, readers),
        );
        return (await drawn)(tile, signal);
      };
    }
  }
}
