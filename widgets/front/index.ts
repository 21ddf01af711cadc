/** What front ends import: built to dist/widgets/front.js. */
export { widgetMime, widgetTarget } from "../widget-payload.ts";
export type { WidgetEntry, WidgetPayload } from "../widget-payload.ts";
export type { CommLine, Comms } from "./comms.ts";
export { showWidgets } from "./show-widgets.ts";
export type { ShowOptions, ShownWidgets } from "./show-widgets.ts";
