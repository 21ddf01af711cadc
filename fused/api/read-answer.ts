import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpAnswer } from "../../engine/remote/service-http.ts";

/** The value in an answer of an endpoint: JSON as data, Parquet as a table, GeoTIFF as a raster, text as text, else a Blob. */
export async function readAnswer({ headers, body }: HttpAnswer): Promise<unknown> {
  const type = (headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === "" || headers["content-length"] === "0") {
    await body.dump();
    return null;
  }
  if (/^application\/(.+\+)?json$/.test(type)) return body.json();
  if (/^text\/|xml$/.test(type)) return body.text();
  const bytes = new Uint8Array(await body.arrayBuffer());
  if (type.includes("parquet")) return inFile(bytes, "table.parquet", readTable);
  if (type === "image/tiff")
    return inFile(bytes, "raster.tif", async (path) => (await import("../raster.ts")).readRaster(path));
  if (type.includes("arrow")) return (await import("apache-arrow")).tableFromIPC(bytes);
  return new Blob([bytes], { type });
}

async function readTable(path: string): Promise<unknown> {
  const { sql } = await import("../sql.ts");
  return sql(`select * from '${path.replaceAll("'", "''")}'`);
}

async function inFile<T>(bytes: Uint8Array, name: string, read: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "fused-answer-"));
  try {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return await read(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
