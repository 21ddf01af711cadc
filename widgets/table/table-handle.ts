import { inspect } from "node:util";
import { nearestName } from "../../engine/nearest-name.ts";
import { jupyterDisplay } from "../mime-bundle.ts";
import { widgetLink } from "../widget-link.ts";
import type { WidgetEntry } from "../widget-payload.ts";
import { displayTable } from "./display-table.ts";
import { liveTable } from "./live-table.ts";
import { withLive, type ShowTableOptions } from "./show-table.ts";
import { tableSource, type TableLike } from "./table-source.ts";

/** What a person has selected on a page that shows the table. */
export interface TableSelection {
  /** Numbers of rows as they stand in the value, from 0, in the order of the page. */
  rows: number[];
  /** Names of columns; all of them where whole rows are selected. */
  columns: string[];
}

const optionNames = ["title", "rows", "columns", "height"];

/** A table that is shown, and the hold on what is selected in it. */
export interface TableHandle {
  readonly selection: TableSelection;
  /** The selected rows as objects of the selected columns. */
  selected(): Record<string, unknown>[];
  /** Calls with each new selection. @returns ends it */
  on(event: "select", listener: (selection: TableSelection) => void): () => void;
}

/**
 * Shows rows as a table that sorts, filters and scrolls: an Arrow table, an array of row objects, GeoJSON, or an object of
 * columns. `const quakes = fused.table(rows); quakes` shows it, `quakes.selection` is what is selected.
 * @throws TypeError where the value is no table, or an option does not exist
 */
export function table(value: TableLike, options: ShowTableOptions = {}): TableHandle {
  const { columns } = tableSource(value);
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, optionNames);
    const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
    throw new TypeError(`fused.table has no option "${unknown}".${meant} There are ${optionNames.join(", ")}.`);
  }
  const listeners = new Set<(selection: TableSelection) => void>();
  let selection: TableSelection = { rows: [], columns: columns.map(({ name }) => name) };
  let entry: Promise<WidgetEntry | undefined> | undefined;

  const open = async (): Promise<WidgetEntry | undefined> => {
    const made = await liveTable(value, options);
    if (!made) return undefined;
    widgetLink()?.listen(made.id, (kind, fields) => {
      if (kind !== "select") return;
      const { rows, columns: chosen } = fields as { rows: number[]; columns: number[] };
      selection = { rows, columns: chosen.map((column) => columns[column]!.name) };
      for (const listener of listeners) listener(selection);
    });
    return made;
  };
  const handle: TableHandle = {
    get selection() {
      return selection;
    },
    selected() {
      const chosen = columns.filter(({ name }) => selection.columns.includes(name));
      return selection.rows.map((row) => Object.fromEntries(chosen.map(({ name, value: at }) => [name, at(row)])));
    },
    on(event, listener) {
      if (event !== "select") throw new TypeError(`A table has the event "select"; there is no ${inspect(event)}.`);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return Object.defineProperty(handle, jupyterDisplay, {
    value: async () => withLive(displayTable(value, options), await (entry ??= open())).data,
  });
}
