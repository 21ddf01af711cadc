import type { WidgetEntry, WidgetPayload } from "../widget-payload.ts";
import { widgetBox } from "./widget-box.ts";
import type { WidgetBox } from "./widget-box.ts";
import type { Comms } from "./comms.ts";
import type { KeptWidget } from "./kept-widgets.ts";

export interface ShowOptions {
  /** Absent on a page that no kernel stands behind. */
  comms?: Comms;
  /** The stored picture: base64 PNG, or its `data:` address. */
  picture?: string;
  /** Says what the picture shows. */
  text?: string;
  /** What an exported page has in place of a kernel, by the widget's id. */
  kept?: Map<string, KeptWidget>;
}

export interface ShownWidgets {
  /** What the first widget shows now, as PNG; the stored picture where it is not live. */
  snapshot(): Promise<Blob | undefined>;
  dispose(): void;
}

/**
 * Shows what is stored under `widgetMime`, live where its kernel answers, else as the stored picture.
 * @param host emptied first
 */
export function showWidgets(host: HTMLElement, payload: WidgetPayload, options: ShowOptions = {}): ShownWidgets {
  host.replaceChildren();
  if (payload?.version !== 1 || !Array.isArray(payload.widgets)) {
    host.textContent = "This display was made by a newer version of fused-kernel.";
    return { snapshot: async () => undefined, dispose() {} };
  }
  const boxes = payload.widgets.map((entry: WidgetEntry, i): WidgetBox => {
    const element = document.createElement("div");
    host.append(element);
    return widgetBox(element, entry, i === 0 ? options : { ...options, picture: undefined });
  });
  return {
    snapshot: async () => boxes[0]?.snapshot(),
    dispose: () => boxes.forEach((box) => box.dispose()),
  };
}
