import type { MimeBundle } from "../mime-bundle.ts";
import { widgetMime, type WidgetEntry, type WidgetPayload } from "../widget-payload.ts";
import { displayTable, type TableOptions } from "./display-table.ts";
import { liveTable } from "./live-table.ts";
import type { TableLike } from "./table-source.ts";

export interface ShowTableOptions extends TableOptions {
  /** CSS pixels of the live table. */
  height?: number;
}

/** A table as a cell shows it: live where a page can ask the kernel for its rows, and its first rows as HTML and text. */
export async function showTable(value: TableLike, options: ShowTableOptions = {}): Promise<MimeBundle> {
  return withLive(displayTable(value, options), await liveTable(value, options));
}

/** A static bundle with a live widget beside it. */
export function withLive(bundle: MimeBundle, entry: WidgetEntry | undefined): MimeBundle {
  if (!entry) return bundle;
  const payload: WidgetPayload = { version: 1, widgets: [entry] };
  return { data: { [widgetMime]: payload, ...bundle.data }, metadata: bundle.metadata };
}
