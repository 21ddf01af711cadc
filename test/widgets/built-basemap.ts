import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildBasemap } from "../../widgets/map/build-basemap.ts";

const folder = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Maps are drawn over files that the build writes; tests of the sources make them where no build has run. */
export function ensureBasemap(): void {
  if (!existsSync(`${folder}basemap-10m.json`)) buildBasemap(folder);
}
