import type { Mount } from "../../front/mount.ts";
import { NeedsKernel } from "../../front/mount.ts";
import type { Condition, RowOrder, SortStep, TableSpec } from "../table-spec.ts";
import type { ColumnSummary } from "../table-spec.ts";
import { copiedText } from "./cell-view.ts";
import { columnHeader } from "./column-header.ts";
import { saveDownloads } from "./download.ts";
import { openFilterMenu } from "./filter-menu.ts";
import { alignment, createGrid, type View } from "./grid.ts";
import { listenToKeys } from "./keys.ts";
import { createRowCache, decode, type PageCell } from "./row-cache.ts";
import { createSelection } from "./selection.ts";
import { style } from "./style.ts";
import { tablePicture } from "./table-picture.ts";
import { toolbar } from "./toolbar.ts";

/** Cells that are copied at once. */
const mostCopied = 200_000;

/** The interactive table. Without its kernel it shows the rows that the notebook stores. */
export const mount: Mount = (host, transport, given, env) => {
  let spec = given as unknown as TableSpec;
  const isLive = (): boolean => transport.state === "live";
  if (!isLive() && spec.previewRows === 0 && spec.rowCount > 0) throw new NeedsKernel();
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  const root = document.createElement("div");
  root.className = "fk-table";
  root.dataset["theme"] = env.theme();
  const body = document.createElement("div");
  body.className = "fk-body";
  body.tabIndex = 0;
  body.setAttribute("role", "grid");
  body.setAttribute("aria-label", spec.title ?? "table");
  body.setAttribute("aria-multiselectable", "true");
  const status = document.createElement("div");
  status.className = "fk-status";
  status.hidden = true;

  const stored = storedColumns(spec);
  // Without a kernel there are fewer columns than the table has.
  const columns = isLive() ? spec.columns : spec.columns.slice(0, spec.rowCount > 0 ? stored.length : undefined);
  const selection = createSelection();
  const order: RowOrder = { sort: [], filter: [] };
  const asked = new Set<number>();
  const bar = toolbar(spec.title, columns, { removeFilter, download, copy: () => void copy() });
  const cache = createRowCache(
    transport,
    { columnCount: columns.length, rowCount: isLive() ? spec.rowCount : spec.previewRows },
    () => {
      grid.draw();
      showState();
    },
    (message) => bar.showMessage(message, true),
  );
  cache.prefill(stored);
  const headers = columns.map((column, i) =>
    columnHeader(i, column, spec.rowCount, {
      sort,
      filter: addFilter,
      openFilter: (at, button) => openFilterMenu(root, button, at, columns[at]!, addFilter),
    }),
  );
  const grid = createGrid(columns, headers, cache, selection, looked);
  sheet.textContent = style + alignment(columns);
  body.append(grid.element, status);
  root.append(bar.element, body);
  shadow.replaceChildren(sheet, root);
  // regular-table takes the focus as well, but the keys are heard here.
  grid.element.tabIndex = -1;

  function showState(): void {
    bar.showCount(cache.rowCount, isLive() ? spec.rowCount : spec.previewRows);
    body.setAttribute("aria-rowcount", String(cache.rowCount));
    body.setAttribute("aria-colcount", String(columns.length));
    bar.setLive(isLive());
    headers.forEach((header) => header.setLive(isLive()));
    if (!isLive() && (spec.previewRows < spec.rowCount || columns.length < spec.columnCount)) {
      const whole = `${spec.rowCount.toLocaleString("en-US")} rows × ${spec.columnCount.toLocaleString("en-US")} columns`;
      bar.showMessage(`a part of ${whole}: run the cell again for all`);
    } else if (spec.notice) bar.showMessage(spec.notice);
    status.hidden = !cache.isWaiting;
    status.textContent = order.sort.length > 0 ? "sorting …" : "filtering …";
  }
  function looked({ columns: [from, to] }: View): void {
    const missing = headers.flatMap((_header, i) => (i >= from && i < to && !asked.has(i) ? [i] : []));
    if (missing.length === 0 || !isLive()) return;
    missing.forEach((column) => asked.add(column));
    transport.send("summary", { columns: missing });
  }
  function reorder(): void {
    bar.showMessage("");
    bar.showFilter(order.filter);
    headers.forEach((header) => header.showSort(order.sort));
    selection.clear();
    grid.element.scrollTop = 0;
    cache.reorder({ sort: [...order.sort], filter: [...order.filter] });
    tellSelection();
  }
  function sort(column: number, add: boolean): void {
    const before = order.sort.find((step) => step.column === column);
    const others = add ? order.sort.filter((step) => step.column !== column) : [];
    // Up, then down, then as it was.
    const next: SortStep[] = before?.descending ? [] : [{ column, descending: before !== undefined }];
    order.sort = [...others, ...next];
    reorder();
  }
  function addFilter(condition: Condition): void {
    const isSame = (other: Condition) => other.column === condition.column && other.op === condition.op;
    order.filter = [...order.filter.filter((other) => !isSame(other)), condition];
    reorder();
  }
  function removeFilter(index: number): void {
    order.filter = order.filter.filter((_condition, i) => i !== index);
    reorder();
  }

  let telling = 0;
  function tellSelection(): void {
    clearTimeout(telling);
    telling = setTimeout(() => {
      const [from, to] = selection.columns() ?? [0, columns.length - 1];
      const all = Array.from({ length: to - from + 1 }, (_none, i) => from + i);
      transport.send("select", { ranges: selection.ranges(), columns: all, ...order });
    }, 120) as unknown as number;
  }
  function selected(): void {
    grid.draw();
    tellSelection();
  }
  async function copy(): Promise<void> {
    const [from, to] = selection.columns() ?? [0, columns.length - 1];
    const chosen = columns.slice(from, to + 1);
    const ranges = selection.isEmpty() ? [grid.view.rows] : selection.ranges();
    const count = ranges.reduce((sum, [a, b]) => sum + (b - a), 0);
    if (count * chosen.length > mostCopied) {
      return bar.showMessage(
        `${(count * chosen.length).toLocaleString("en-US")} cells are too many to copy: download them`,
        true,
      );
    }
    const lines = count > 1 ? [chosen.map(({ name }) => name).join("\t")] : [];
    try {
      for (const [a, b] of ranges) {
        const end = Math.min(b, cache.rowCount);
        const rows = isHere(from, to, a, end)
          ? rowsHere(from, to, a, end)
          : await cache.take(
              chosen.map((_column, i) => from + i),
              [a, end],
            );
        for (const row of rows) lines.push(row.map((cell, i) => copiedText(cell, chosen[i]!)).join("\t"));
      }
      await writeText(lines.join("\n"), shadow);
      bar.showMessage(`${count.toLocaleString("en-US")} ${count === 1 ? "row" : "rows"} copied`);
    } catch (error) {
      bar.showMessage(`Not copied: ${(error as Error).message}`, true);
    }
  }
  function isHere(from: number, to: number, start: number, end: number): boolean {
    for (let row = start; row < end; row++) {
      for (let column = from; column <= to; column++) if (cache.cell(column, row) === undefined) return false;
    }
    return true;
  }
  function rowsHere(from: number, to: number, start: number, end: number) {
    return Array.from({ length: end - start }, (_row, i) =>
      Array.from({ length: to - from + 1 }, (_column, j) => cache.cell(from + j, start + i)),
    );
  }
  function download(format: "csv" | "parquet" | "arrow"): void {
    bar.showMessage(`${format} is being made …`);
    transport.send("download", { req: format, format, ...order });
  }

  let dragging = false;
  grid.element.addEventListener("mousedown", (event) => {
    const place = grid.placeOf(event.target);
    if (place?.row === undefined || event.button !== 0) return;
    body.focus({ preventScroll: true });
    const add = event.ctrlKey || event.metaKey;
    if (place.column === undefined) selection.selectRow(place.row, { extend: event.shiftKey, add });
    else selection.selectCell({ column: place.column, row: place.row }, { extend: event.shiftKey });
    dragging = true;
    event.preventDefault();
    selected();
  });
  grid.element.addEventListener("mouseover", (event) => {
    if (!dragging || event.buttons === 0) return;
    const place = grid.placeOf(event.target);
    if (place?.row === undefined) return;
    if (place.column === undefined) selection.selectRow(place.row, { extend: true });
    else selection.selectCell({ column: place.column, row: place.row }, { extend: true });
    selected();
  });
  const release = (): void => void (dragging = false);
  addEventListener("mouseup", release);
  listenToKeys(body, { grid, cache, selection, columnCount: columns.length }, selected, () => void copy());

  const endings = [
    transport.onMessage((kind, fields) => {
      if (kind === "summary.ok") {
        const summary = fields["summary"] as ColumnSummary;
        headers[summary.column]?.showSummary(summary);
      } else if (kind === "failed" && fields["of"] !== "rows") bar.showMessage(String(fields["message"]), true);
    }),
    saveDownloads(transport, spec.title ?? "table", (text) => bar.showMessage(text)),
    transport.onState(() => showState()),
    env.onTheme((theme) => (root.dataset["theme"] = theme)),
    () => removeEventListener("mouseup", release),
    () => cache.dispose(),
    () => clearTimeout(telling),
  ];
  showState();
  grid.draw();

  return {
    update(next) {
      spec = next as unknown as TableSpec;
      showState();
    },
    snapshot: () => tablePicture(root, grid, columns, cache),
    dispose() {
      endings.forEach((end) => end());
      shadow.replaceChildren();
    },
  };
};

/** The cells that came with the spec, a column each. */
function storedColumns({ preview, morePages = [] }: TableSpec): ArrayLike<PageCell>[] {
  if (!preview) return [];
  const [first, ...others] = [preview, ...morePages].map((page) => decode(viewOf(page)));
  if (others.length === 0) return first!;
  return first!.map((column, i) => [column, ...others.map((page) => page[i]!)].flatMap((part) => Array.from(part)));
}

function viewOf(base64: string): DataView {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

/** Pages without a secure origin have no clipboard of their own: the older command is tried there. */
async function writeText(text: string, root: ShadowRoot): Promise<void> {
  if (navigator.clipboard) {
    try {
      return await navigator.clipboard.writeText(text);
    } catch {
      // The page may not ask; the command below needs no permission.
    }
  }
  const area = document.createElement("textarea");
  area.className = "fk-live";
  area.value = text;
  const before = root.activeElement as HTMLElement | null;
  root.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  if (!done) throw new Error("the browser does not allow it");
}
