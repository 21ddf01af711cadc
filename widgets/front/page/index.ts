import type { WidgetPayload } from "../../widget-payload.ts";
import type { KeptWidget } from "../kept-widgets.ts";
import { showWidgets } from "../show-widgets.ts";

/**
 * Shows the widgets of an exported page: each element `.fused-live` has a JSON script with its payload, its picture and
 * what the page keeps in place of a kernel.
 */
for (const host of document.querySelectorAll<HTMLElement>(".fused-live")) {
  const { payload, picture, text, kept } = JSON.parse(host.querySelector("script")!.textContent!) as {
    payload: WidgetPayload;
    picture?: string;
    text?: string;
    kept: KeptWidget[];
  };
  const byId = new Map(kept.map((each) => [each.id, each]));
  showWidgets(host, payload, { picture, text, kept: byId });
}
