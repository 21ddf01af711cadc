import type { NamedWidget, WidgetPayload } from "../../widget-payload.ts";
import type { LoaderComms } from "../comms.ts";
import type { ShownWidgets } from "../show-widgets.ts";
import { askKernel, type Ask } from "./ask-kernel.ts";
import { codeImporter, type ImportCode } from "./import-code.ts";

type Front = typeof import("../index.ts");

/** A kernel as a page without an extension has it. */
export interface LoaderKernel {
  comms: LoaderComms;
  ask: Ask;
  importCode: ImportCode;
}

/** @param name of the kernel, apart from others whose displays the page may have */
export function loaderKernel(comms: LoaderComms, name: string): LoaderKernel {
  const ask = askKernel(comms);
  return { comms, ask, importCode: codeImporter(ask, `fused.import ${name}`) };
}

/**
 * Shows widgets with the code that their kernel sends.
 * @param place makes the element to show them in, once it is known that they can be shown
 * @returns undefined where the kernel does not know them: what stands there stays
 */
export async function showLive(
  { comms, ask, importCode }: LoaderKernel,
  widgets: readonly NamedWidget[],
  place: () => HTMLElement,
  stored: { picture?: string; text?: string },
): Promise<ShownWidgets | undefined> {
  const { fields } = await ask("widgets", { ids: widgets.map(({ id }) => id) });
  const specs = fields["specs"] as (Record<string, unknown> | null)[];
  if (specs.includes(null)) return undefined;
  const { showWidgets } = (await importCode("front.js")) as Front;
  const payload: WidgetPayload = { version: 1, widgets: widgets.map((each, i) => ({ ...each, spec: specs[i]! })) };
  return showWidgets(place(), payload, { comms, ...stored });
}
