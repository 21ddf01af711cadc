import { html } from "./html.ts";
import { lsmagic } from "./lsmagic.ts";
import { markdown } from "./markdown.ts";
import { registerMagic } from "./registry.ts";
import { time } from "./time.ts";

/** Every magic that comes with the kernel. Importing this makes them known. */
for (const magic of [html, lsmagic, markdown, time]) registerMagic(magic);

export { findMagic, resolveMagic } from "./registry.ts";
