import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const brotli = promisify(brotliCompress);
const gz = promisify(gzip);

/** Formats that are not compressed already. */
const compressible = /\.(js|css|json|html|svg|txt)$/;

/**
 * Writes `x.br` and `x.gz` beside each file `x` where that saves anything, so that nobody waits for it later.
 * @param quality brotli's, 0 to 11, for a file of the folder
 */
export async function compressFolder(folder: string, quality: (path: string) => number): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressible.test(entry.name));
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const bytes = await readFile(path);
      if (bytes.length < 1024) return;
      await writeFile(`${path}.gz`, await gz(bytes, { level: 9 }));
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: quality(path),
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      await writeFile(`${path}.br`, await brotli(bytes, { params }));
    }),
  );
}
