import { config } from "./config.ts";
import { fused } from "./fused.ts";
import { html } from "./html.ts";
import { lsmagic } from "./lsmagic.ts";
import { map } from "./map.ts";
import { markdown } from "./markdown.ts";
import { registerMagic } from "./registry.ts";
import { runTile } from "./run-tile.ts";
import { tile } from "./tile.ts";
import { time } from "./time.ts";
import { udf } from "./udf.ts";

/** Every magic that comes with the kernel. Importing this makes them known. */
for (const magic of [config, fused, html, lsmagic, map, markdown, runTile, tile, time, udf]) registerMagic(magic);

export { poolView } from "./pool-view.ts";
export { findMagic, resolveMagic } from "./registry.ts";
export { onSettingChange } from "./settings.ts";
