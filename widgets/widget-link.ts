import type { WidgetDefinition } from "./widget-kernel.ts";

type Fields = Record<string, unknown>;

/** A notebook session's line to the kernel halves of its widgets. */
export interface WidgetLink {
  /** Makes a widget known to the kernel, before its display is shown. Parts are copied once. */
  register(definition: WidgetDefinition): void;
  /** To the kernel half (`fromSession`). */
  send(id: string, kind: string, fields?: Fields, buffers?: Uint8Array[]): void;
  /**
   * Hears what the kernel half says to the session; on the main thread, between cells or at their awaits.
   * @returns ends it
   */
  listen(id: string, listener: (kind: string, fields: Fields, buffers: Uint8Array[]) => void): () => void;
}

/** A registered symbol, so that the bundles of widgets, SDK and magics mean the same link. */
const key: unique symbol = Symbol.for("fused.widget.link") as never;
const place = globalThis as { [key]?: WidgetLink };

export function setWidgetLink(link: WidgetLink): void {
  place[key] = link;
}

/** The session's link; undefined outside a notebook, where displays are pictures. */
export function widgetLink(): WidgetLink | undefined {
  return place[key];
}
