import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KeptWidget } from "../widgets/front/kept-widgets.ts";
import { widgetMime } from "../widgets/widget-payload.ts";
import type { WidgetPayload } from "../widgets/widget-payload.ts";
import { scriptJson } from "./script-json.ts";

/** The live displays of one page: each is a place with what it shows, and their code stands on the page once, if at all. */
export function widgetCollector(kept: KeptWidget[]): {
  /** @returns the display's place; undefined where it is none, or the page has nothing to show it with */
  add(data: Record<string, unknown>): string | undefined;
  library(): string;
} {
  const byId = new Map(kept.map((each) => [each.id, each]));
  let isUsed = false;
  return {
    add(data) {
      const payload = data[widgetMime] as WidgetPayload | undefined;
      if (payload?.version !== 1 || !payload.widgets.some(({ id }) => byId.has(id))) return undefined;
      isUsed = true;
      const own = payload.widgets.flatMap(({ id }) => byId.get(id) ?? []);
      const { "image/png": picture, "text/plain": text } = data;
      const given = { payload, picture, text, kept: own };
      const still =
        typeof picture === "string" ? `<noscript><img src="data:image/png;base64,${picture}"></noscript>` : "";
      return `<div class="fused-live"><script type="application/json">${scriptJson(given)}</script>${still}</div>`;
    },
    library() {
      if (!isUsed) return "";
      const source = readFileSync(bundlePath(), "utf8")
        .replace(/<\/script/gi, "<\\/script")
        .replace(/<!--/g, "<\\!--");
      return `<script>${source}</script>`;
    },
  };
}

/** In dist/, beside the bundled command line. */
function bundlePath(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const isSource = import.meta.url.endsWith(".ts");
  return isSource ? join(here, "..", "dist", "widgets", "page.js") : join(here, "widgets", "page.js");
}
