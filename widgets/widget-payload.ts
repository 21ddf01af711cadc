/** The mime type of a live display; `v1` says how to read what stands under it. */
export const widgetMime = "application/vnd.fused.widget.v1+json";

export type WidgetKind = "map" | "table";

/** What is stored in a notebook under `widgetMime`: no library code, and no data beyond the specs. */
export interface WidgetPayload {
  version: 1;
  /** Stand one under the other: a map and its table. */
  widgets: WidgetEntry[];
}

export interface WidgetEntry {
  /** Names the widget in the kernel that showed it; another kernel does not know it. */
  id: string;
  kind: WidgetKind;
  /** JSON; as it was when the display was made. */
  spec: Record<string, unknown>;
  /** CSS pixels. */
  height?: number;
}

/** Comm target of a page that opens a widget. */
export const widgetTarget = "fused.widget";

/** Comm target of a page without our extension: it asks for the code of displays, and for what they are now. */
export const pageTarget = "fused.page";

/** What a page needs to know of a widget to ask its kernel for the rest. */
export type NamedWidget = Pick<WidgetEntry, "id" | "kind" | "height">;

/** What a page says when it opens the comm. */
export interface OpenData {
  proto: 1;
  id: string;
  kind: WidgetKind;
  /** Which front end this is: `lab`, `classic`, `anywidget`, `socket`. */
  front: string;
  caps: PageCaps;
}

/** What a page can draw. */
export interface PageCaps {
  webgl2: boolean;
  /** WebGL's name of the graphics card, e.g. `ANGLE (… SwiftShader)`. */
  renderer: string;
  maxTexture: number;
  dpr: number;
}

/** Whether WebGL is computed by the processor: many features take seconds a frame then. */
export function drawsInSoftware({ webgl2, renderer }: PageCaps): boolean {
  return !webgl2 || /swiftshader|llvmpipe|software|microsoft basic/i.test(renderer);
}
