import type { WidgetKind } from "../widget-payload.ts";
import type { Mount } from "./mount.ts";

/** The code of each kind of widget, fetched when the first of it is shown. */
const loaders: Record<WidgetKind, () => Promise<{ mount: Mount }>> = {
  map: () => import("../map/front/index.ts"),
  table: () => import("../table/front/index.ts"),
};

/** @throws Error for a kind that this version does not know */
export async function loadMount(kind: WidgetKind): Promise<Mount> {
  const load = Object.hasOwn(loaders, kind) ? loaders[kind] : undefined;
  if (!load) throw new Error(`There is no widget "${kind}" in this version of fused-kernel's extension.`);
  return (await load()).mount;
}
