import type { KernelHalfFactory } from "../../widgets/widget-kernel.ts";
import type { WidgetKind } from "../../widgets/widget-payload.ts";

/** Who makes the kernel half of each kind of widget; read when the first of it is shown. */
const factories: Record<WidgetKind, () => Promise<KernelHalfFactory>> = {
  map: async () => (await import("../../widgets/map/kernel/map-half.ts")).mapHalf,
  table: async () => (await import("./table-display.ts")).tableDisplay,
};

/** @throws TypeError for a kind that there is not */
export async function loadFactory(kind: WidgetKind): Promise<KernelHalfFactory> {
  const load = Object.hasOwn(factories, kind) ? factories[kind] : undefined;
  if (!load) throw new TypeError(`There is no widget of the kind "${String(kind)}".`);
  return load();
}
