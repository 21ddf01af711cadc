import { rmSync } from "node:fs";
import type { KernelHalf, KernelHalfFactory, PageLine } from "../../widget-kernel.ts";
import type { ColumnIndex } from "../column-file.ts";
import type { ColumnSpec, RowOrder, TableSpec } from "../table-spec.ts";
import type { DownloadFormat, TableAnswer, TableRequest } from "./table-server.ts";

/** What the session says of a table's file, beside the spec (`WidgetDefinition.more`). */
export interface TableFile {
  path: string;
  index: ColumnIndex;
  columns: ColumnSpec[];
}

/** Who reads the files: a thread of the kernel, or a test. */
export interface TableReader {
  open(table: string, file: TableFile): void;
  ask<Kind extends TableRequest["kind"]>(
    table: string,
    request: Extract<TableRequest, { kind: Kind }>,
  ): Promise<Extract<TableAnswer, { kind: Kind }>>;
  close(table: string): void;
}

/** Rows that a page gets at once. */
const mostRows = 2_048;
/** Bytes of one message to a page. */
const pieceBytes = 4 << 20;
/** Bytes of all tables' files; the oldest go first. */
const keptBytes = 8 * 2 ** 30;

/**
 * The kernel half of a table. Of a page it takes `rows` { req, start, end, columns, sort, filter }, `summary` { columns },
 * `select` { ranges, columns, sort, filter } and `download` { req, format, sort, filter }; it answers `rows.ok` { req,
 * start, end, rowCount } with an Arrow IPC stream, `summary.ok` { summary }, `download.part` { req, part, parts } with
 * bytes, and `failed` { req, message }.
 */
export function tableHalf(reader: TableReader): KernelHalfFactory {
  const kept = new Map<string, { bytes: number; drop(): void }>();
  return ({ id, spec, more }, services): KernelHalf => {
    const file = more as TableFile;
    const { preview: _preview, ...own } = spec as unknown as TableSpec;
    const pages = new Map<PageLine, number>();
    let lastPage = 0;
    reader.open(id, file);
    let isDropped = false;
    const drop = (): void => {
      isDropped = true;
      kept.delete(id);
      reader.close(id);
      rmSync(file.path, { force: true });
    };
    kept.set(id, { bytes: fileBytes(file.index), drop });
    for (const [other, { drop: dropOther }] of kept) {
      if (other === id || sum(kept) <= keptBytes) break;
      dropOther();
    }

    const requests: Record<string, (page: PageLine, fields: Record<string, unknown>) => Promise<void>> = {
      async rows(page, fields) {
        const start = count(fields.start);
        const end = Math.min(count(fields.end), start + mostRows);
        const columns = columnList(fields.columns, file.columns.length);
        const number = pages.get(page) ?? 0;
        const answer = await reader.ask(id, {
          kind: "rows",
          page: number,
          start,
          end,
          columns,
          order: orderOf(fields),
        });
        const { bytes, kind: _kind, ...found } = answer;
        page.send("rows.ok", { req: fields.req, ...found }, [bytes]);
      },
      async summary(page, fields) {
        for (const column of columnList(fields.columns, file.columns.length)) {
          const { summary } = await reader.ask(id, { kind: "summary", column });
          page.send("summary.ok", { summary });
        }
      },
      async select(_page, fields) {
        const ranges = (fields.ranges as [number, number][]).map(([a, b]): [number, number] => [count(a), count(b)]);
        const columns = columnList(fields.columns, file.columns.length);
        const { rows } = await reader.ask(id, { kind: "locate", ranges, order: orderOf(fields) });
        services.toSession("select", { rows, columns });
      },
      async download(page, fields) {
        const format = fields.format as DownloadFormat;
        if (!["csv", "parquet", "arrow"].includes(format))
          throw new RangeError(`There is no format ${String(format)}.`);
        const { bytes, rowCount } = await reader.ask(id, { kind: "download", format, order: orderOf(fields) });
        const parts = Math.max(1, Math.ceil(bytes.length / pieceBytes));
        for (let part = 0; part < parts; part++) {
          const piece = bytes.subarray(part * pieceBytes, (part + 1) * pieceBytes);
          page.send("download.part", { req: fields.req, part, parts, rowCount, format }, [piece]);
        }
      },
    };

    return {
      spec: () => ({ ...own, columns: file.columns }),
      open: (page) => void pages.set(page, ++lastPage),
      closed: (page) => void pages.delete(page),
      async receive(page, kind, fields) {
        const request = Object.hasOwn(requests, kind) ? requests[kind] : undefined;
        if (!request) throw new TypeError(`A table takes no message ${kind}.`);
        try {
          if (isDropped) throw new Error("Newer tables have taken this one's place on the disk: run its cell again.");
          await request(page, fields);
        } catch (error) {
          const { message } = error as Error;
          if (message !== "superseded") page.send("failed", { req: fields.req, of: kind, message });
        }
      },
      bytes: () => 0,
      dispose: drop,
    };
  };
}

const sum = (kept: Map<string, { bytes: number }>): number =>
  [...kept.values()].reduce((total, { bytes }) => total + bytes, 0);

/** Where the last of its parts ends. */
function fileBytes({ columns }: ColumnIndex): number {
  const parts = columns.flatMap(({ chunks, dictionary }) => [...chunks, ...(dictionary ? [dictionary] : [])]);
  return parts.reduce((end, [start, length]) => Math.max(end, start + length), 0);
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new RangeError(`${String(value)} is no row number.`);
  return value as number;
}

function columnList(value: unknown, columns: number): number[] {
  const list = value as number[];
  if (!Array.isArray(list) || !list.every((each) => Number.isInteger(each) && each >= 0 && each < columns)) {
    throw new RangeError(`Columns are whole numbers below ${columns}.`);
  }
  return list;
}

function orderOf({ sort = [], filter = [] }: Record<string, unknown>): RowOrder {
  return { sort, filter } as RowOrder;
}
