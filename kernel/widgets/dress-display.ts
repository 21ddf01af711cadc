import { escapeHtml } from "../../widgets/html.ts";
import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import { widgetMime, type NamedWidget, type WidgetPayload } from "../../widgets/widget-payload.ts";
import type { Parent } from "../iopub.ts";
import type { Launcher } from "./launcher.ts";
import { loader, type WidgetViews } from "./widget-views.ts";

const widgetView = "application/vnd.jupyter.widget-view+json";

/**
 * Gives a live display what front ends without our extension show it with. On the pages of a Jupyter server that is a
 * script in the HTML, which runs where the notebook is trusted and leaves the figure where it cannot reach the kernel.
 * A view of ipywidgets stands only where a front end draws it and has no other way: elsewhere it would put an error in
 * the place of the picture once the kernel has gone.
 */
export function dressDisplay(
  bundle: MimeBundle,
  parent: Parent,
  { kernelId }: Launcher,
  views: WidgetViews,
): MimeBundle {
  const { data } = bundle;
  const widgets = namedWidgets(data[widgetMime]);
  if (widgets.length === 0) return bundle;
  const html = data["text/html"];
  if (kernelId !== undefined && typeof html === "string") {
    const given = escapeHtml(JSON.stringify({ kernel: kernelId, widgets }));
    const dressed = `<div data-fused-display="${given}">${html}</div>\n<script>${loader("socket")}</script>`;
    return { ...bundle, data: { ...data, "text/html": dressed } };
  }
  if (!views.areDrawn()) return bundle;
  const { "image/png": picture, "text/plain": text } = data as Record<string, string | undefined>;
  const model_id = views.open({ widgets, picture, text }, parent);
  const { [widgetMime]: own, ...others } = data;
  const view = { version_major: 2, version_minor: 0, model_id };
  return { ...bundle, data: { [widgetMime]: own, [widgetView]: view, ...others } };
}

/** A cell may put anything under our mime type: only what has the form of a display counts. */
function namedWidgets(value: unknown): NamedWidget[] {
  const { version, widgets } = (value ?? {}) as Partial<WidgetPayload>;
  if (version !== 1 || !Array.isArray(widgets)) return [];
  return (widgets as (Partial<NamedWidget> | null)[]).flatMap((each) => {
    const { id, kind, height } = each ?? {};
    const isWidget = typeof id === "string" && typeof kind === "string";
    return isWidget ? [{ id, kind, ...(typeof height === "number" && { height }) }] : [];
  });
}
