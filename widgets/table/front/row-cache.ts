import { tableFromIPC } from "@uwdata/flechette";
import type { Transport } from "../../front/transport.ts";
import type { RowOrder } from "../table-spec.ts";

/** A cell as the kernel sends it; undefined: not here yet. */
export type PageCell = string | number | boolean | null | undefined;

/** Rows and columns that are asked for at once. */
const blockRows = 256;
const blockColumns = 16;
/** Requests that the kernel has at once, and blocks that stay in memory. */
const atOnce = 3;
const keptBlocks = 600;

interface Block {
  /** One array a column, as far as the kernel has sent rows. */
  columns: ArrayLike<PageCell>[];
  rows: number;
}

/** The cells that the page has, and the ones that it is waiting for. */
export interface RowCache {
  /** Rows of the present order. */
  readonly rowCount: number;
  /** Whether rows of the present order are on their way for the first time. */
  readonly isWaiting: boolean;
  cell(column: number, row: number): PageCell;
  /** Asks for what is missing of a part; what was asked for before and is not under way yet is forgotten. */
  want(columns: [from: number, to: number], rows: [from: number, to: number]): void;
  /** All cells of a part, for copying. @throws Error where the kernel is gone */
  take(columns: readonly number[], rows: [from: number, to: number]): Promise<PageCell[][]>;
  /** Another order: all cells are asked for again. */
  reorder(order: RowOrder): void;
  /** Takes cells of the first rows that came with the notebook. */
  prefill(cells: readonly ArrayLike<PageCell>[]): void;
  dispose(): void;
}

interface Wanted {
  key: string;
  column: number;
  row: number;
}

/**
 * @param columnCount columns of the table
 * @param changed called when cells have come, or the count of rows is another
 * @param failed called with what the kernel says where it cannot give rows
 */
export function createRowCache(
  transport: Transport,
  { columnCount, rowCount }: { columnCount: number; rowCount: number },
  changed: () => void,
  failed: (message: string) => void,
): RowCache {
  let order: RowOrder = { sort: [], filter: [] };
  let generation = 0;
  let count = rowCount;
  let isWaiting = false;
  let lastRequest = 0;
  let queue: Wanted[] = [];
  const blocks = new Map<string, Block>();
  const underWay = new Map<number, Wanted & { generation: number; end: number }>();
  const taking = new Map<
    number,
    { resolve: (cells: PageCell[][], end: number) => void; reject: (error: Error) => void }
  >();
  const keyOf = (column: number, row: number): string => `${column}/${row}`;

  const send = (column: number, row: number, end: number, columns: number[]): number => {
    const req = ++lastRequest;
    transport.send("rows", { req, start: row, end, columns, ...order });
    return req;
  };
  const next = (): void => {
    while (underWay.size < atOnce && queue.length > 0 && transport.state === "live") {
      const wanted = queue.shift()!;
      const columns = range(wanted.column, Math.min(columnCount, wanted.column + blockColumns));
      const end = wanted.row - (wanted.row % blockRows) + blockRows;
      underWay.set(send(wanted.column, wanted.row, end, columns), { ...wanted, generation, end });
    }
  };
  const put = (key: string, from: number, columns: ArrayLike<PageCell>[]): void => {
    const before = blocks.get(key);
    const rows = columns[0]?.length ?? 0;
    if (!before || from === 0) blocks.set(key, { columns, rows });
    else {
      // A page that would have been too large came in parts.
      const joined = columns.map((column, i) => [...Array.from(before.columns[i]!), ...Array.from(column)]);
      blocks.set(key, { columns: joined, rows: from + rows });
    }
    for (const old of blocks.keys()) {
      if (blocks.size <= keptBlocks) break;
      blocks.delete(old);
    }
  };

  const unhear = transport.onMessage((kind, fields, buffers) => {
    const req = fields["req"] as number;
    if (kind === "rows.ok") {
      const columns = decode(buffers[0]!);
      const { start, end, rowCount: rows } = fields as { start: number; end: number; rowCount: number };
      const taken = taking.get(req);
      if (taken)
        return taken.resolve(
          columns.map((column) => Array.from(column)),
          end,
        );
      const asked = underWay.get(req);
      underWay.delete(req);
      if (asked && asked.generation === generation) {
        isWaiting = false;
        count = rows;
        put(asked.key, start % blockRows, columns);
        if (end < Math.min(asked.end, rows) && end > start) queue.unshift({ ...asked, row: end });
        changed();
      }
      next();
    } else if (kind === "failed") {
      taking.get(req)?.reject(new Error(String(fields["message"])));
      taking.delete(req);
      const asked = underWay.get(req);
      underWay.delete(req);
      if (asked?.generation === generation) {
        isWaiting = false;
        failed(String(fields["message"]));
      }
      next();
    }
  });
  const unhearState = transport.onState((state) => {
    underWay.clear();
    for (const { reject } of taking.values()) reject(new Error("The kernel is not there."));
    taking.clear();
    if (state === "live") changed();
  });

  return {
    get rowCount() {
      return count;
    },
    get isWaiting() {
      return isWaiting;
    },
    cell(column, row) {
      const from = column - (column % blockColumns);
      const block = blocks.get(keyOf(from, row - (row % blockRows)));
      return block && row % blockRows < block.rows ? block.columns[column - from]?.[row % blockRows] : undefined;
    },
    want([fromColumn, toColumn], [fromRow, toRow]) {
      if (transport.state !== "live") return;
      queue = [];
      const asked = new Set(
        [...underWay.values()].filter((each) => each.generation === generation).map(({ key }) => key),
      );
      for (let row = fromRow - (fromRow % blockRows); row < Math.min(toRow, count); row += blockRows) {
        for (let column = fromColumn - (fromColumn % blockColumns); column < toColumn; column += blockColumns) {
          const key = keyOf(column, row);
          const block = blocks.get(key);
          const full = block && block.rows >= Math.min(blockRows, count - row);
          if (full || asked.has(key)) continue;
          queue.push({ key, column, row: row + (block?.rows ?? 0) });
        }
      }
      next();
    },
    async take(columns, [from, to]) {
      const rows: PageCell[][] = [];
      for (let start = from; start < to;) {
        if (transport.state !== "live") throw new Error("The kernel is not there.");
        const req = send(0, start, Math.min(to, start + 2_048), [...columns]);
        const { cells, end } = await new Promise<{ cells: PageCell[][]; end: number }>((resolve, reject) => {
          taking.set(req, { resolve: (found, until) => resolve({ cells: found, end: until }), reject });
        });
        taking.delete(req);
        for (let row = 0; row < end - start; row++) rows.push(cells.map((column) => column[row]));
        if (end <= start) break;
        start = end;
      }
      return rows;
    },
    reorder(next) {
      order = next;
      generation++;
      isWaiting = transport.state === "live";
      queue = [];
      blocks.clear();
      if (next.filter.length === 0) count = rowCount;
      changed();
    },
    prefill(cells) {
      for (let from = 0; from < cells.length; from += blockColumns) {
        const columns = cells.slice(from, from + blockColumns);
        // A block has all of its columns, or the others would never be asked for.
        if (columns.length < Math.min(blockColumns, columnCount - from)) return;
        for (let row = 0; row < columns[0]!.length; row += blockRows) {
          const part = columns.map((column) => Array.from(column).slice(row, row + blockRows));
          blocks.set(keyOf(from, row), { columns: part, rows: part[0]!.length });
        }
      }
    },
    dispose() {
      unhear();
      unhearState();
    },
  };
}

/** Columns of an Arrow IPC stream as arrays. Its parts must lie at multiples of eight bytes. */
export function decode(view: DataView): ArrayLike<PageCell>[] {
  const bytes = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  const table = tableFromIPC(view.byteOffset % 8 === 0 ? bytes : bytes.slice());
  return range(0, table.numCols).map((i) => table.getChildAt(i).toArray() as ArrayLike<PageCell>);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_none, i) => from + i);
