import { makeFused } from "../../../engine/isolate/fused-global.ts";
import type { Requests } from "../../../engine/isolate/requests.ts";
import type { CellUdfs } from "./cell-udfs.ts";

/** Of the SDK: what works with files, accounts, caches or processes of the user's. */
const refused =
  "load loadAsync submit cache download filePath readFile writeFile sql readRaster encode getChunksMetadata getChunkFromTable " +
  "secrets userSecrets gcsCredentialsFile context options setOption registerMagic useEngine close";

/** The global `fused` of a sandboxed notebook: UDFs, tile arithmetic and data files; the rest says why it is not there. */
export function makeCellFused(requests: Requests, udfs: CellUdfs): object {
  const fused = makeFused(requests, { udf: udfs.udf, run: udfs.run });
  for (const name of refused.split(" ")) {
    Object.defineProperty(fused, name, {
      configurable: true,
      enumerable: false,
      get() {
        throw new Error(
          `fused.${name} is not part of a sandboxed notebook, which has no files, accounts or settings of yours. ` +
            "Run the notebook with the kernel TypeScript (Fused) if you trust it.",
        );
      },
    });
  }
  return fused;
}
