import type { RasterWindow, WindowRequest } from "../raster/read-window.ts";
import type { Answer } from "./requests.ts";

type Call = (name: string, detail: object) => Promise<Answer>;

/** What of `fused` in a UDF reads rasters: on the host, which keeps what windows near one another share. */
export function makeRasterFunctions(call: Call) {
  return {
    /**
     * A window of a GeoTIFF: of an address no more than the parts that hold it, from the overview that suits the size.
     * Files are those that `download` and `filePath` gave, and those below the folders of the run option `files`.
     */
    readRaster: async (source: unknown, request: WindowRequest = {}): Promise<RasterWindow> => {
      const { detail, body } = await call("readRaster", { source: String(source), request });
      const { type, nodata, ...facts } = JSON.parse(detail) as Omit<RasterWindow, "data" | "nodata"> & {
        type: string;
        nodata?: string;
      };
      const Numbers = (globalThis as Record<string, unknown>)[type] as new (
        buffer: ArrayBuffer,
      ) => RasterWindow["data"];
      return { data: new Numbers(body!), ...facts, ...(nodata !== undefined && { nodata: Number(nodata) }) };
    },
  };
}
