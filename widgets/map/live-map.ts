import { randomUUID } from "node:crypto";
import type { MimeBundle } from "../mime-bundle.ts";
import { widgetLink } from "../widget-link.ts";
import { widgetMime } from "../widget-payload.ts";
import type { WidgetPayload } from "../widget-payload.ts";
import type { MapMore } from "./kernel/map-definition.ts";
import type { MapSpec } from "./map-spec.ts";

/** A map as it is handed over to the kernel. */
export interface LiveMap {
  spec: MapSpec;
  more: MapMore;
  parts: Uint8Array[];
}

/**
 * Makes a display of a map live: the kernel gets to know it, and the bundle says so to front ends that can show it.
 * Outside a notebook the bundle stays the picture that it is.
 */
export function withLiveMap(bundle: MimeBundle, { spec, more, parts }: LiveMap): MimeBundle & { id?: string } {
  const link = widgetLink();
  if (!link) return bundle;
  const id = randomUUID();
  const stored = spec as unknown as Record<string, unknown>;
  link.register({ id, kind: "map", spec: stored, more, parts });
  const payload: WidgetPayload = { version: 1, widgets: [{ id, kind: "map", spec: stored, height: spec.height }] };
  // What stands first in a bundle is what a reader of the notebook's JSON sees first.
  return { data: { [widgetMime]: payload, ...bundle.data }, metadata: bundle.metadata, id };
}
