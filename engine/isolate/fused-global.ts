import { toFused } from "../values/encoded-value.ts";
import { answered, type Requests } from "./requests.ts";

const tileArithmetic = () => require("../../fused/tiles/index.ts") as typeof import("../../fused/tiles/index.ts");

/** The global `fused` of a UDF: what is done here, and what the host does for it. */
export function makeFused(requests: Requests, hostFunctions: object): object {
  const own = {
    /** Name of the method by which a class says what of it travels. */
    toFused,
    /** Tile arithmetic, equal to mercantile's. */
    get tiles() {
      return tileArithmetic();
    },
    types: {
      /** `[xmin, ymin, xmax, ymax]` with its edges by name. */
      Bounds: (...box: number[] | [number[]]) => {
        return tileArithmetic().createBounds(typeof box[0] === "object" ? box[0] : (box as number[]));
      },
      /** `{ x, y, z }` with `bounds()`, `parent()`, `children()`, `quadkey()`. */
      TileXYZ: (...args: Parameters<ReturnType<typeof tileArithmetic>["createTile"]>) =>
        tileArithmetic().createTile(...args),
    },
    /** The bytes of a data file of the package vega-datasets, e.g. `flights-3m.parquet`. */
    dataset: async (name: unknown): Promise<ArrayBuffer | undefined> => {
      return (await answered(requests.ask("dataset", String(name)))).body;
    },
  };
  return Object.defineProperties(hostFunctions, Object.getOwnPropertyDescriptors(own));
}
