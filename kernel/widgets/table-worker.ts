import { parentPort } from "node:worker_threads";
import type { Table } from "apache-arrow";
import * as arrow from "apache-arrow";
import { openColumns, type ColumnIndex } from "../../widgets/table/column-file.ts";
import {
  serveTable,
  type DownloadFormat,
  type TableAnswer,
  type TableRequest,
  type TableServer,
} from "../../widgets/table/kernel/table-server.ts";
import type { ColumnSpec } from "../../widgets/table/table-spec.ts";

/** What the kernel tells the thread that reads tables. */
export type ToTableWorker =
  | { type: "open"; table: string; path: string; index: ColumnIndex; columns: ColumnSpec[] }
  | { type: "ask"; table: string; id: number; request: TableRequest }
  | { type: "close"; table: string };

export type FromTableWorker = { id: number; answer: TableAnswer } | { id: number; error: string };

/**
 * Entry of the thread that answers for displayed tables, of all of them: sorting a million rows here does not keep the
 * kernel from its sockets.
 */
const port = parentPort!;
const tables = new Map<string, TableServer>();

port.on("message", (message: ToTableWorker) => {
  if (message.type === "open") {
    tables.set(
      message.table,
      serveTable(arrow, openColumns(arrow, message.path, message.index), message.columns, encode),
    );
  } else if (message.type === "close") {
    tables.get(message.table)?.close();
    tables.delete(message.table);
  } else void answer(message);
});

async function answer({ table, id, request }: Extract<ToTableWorker, { type: "ask" }>): Promise<void> {
  try {
    const found = tables.get(table);
    if (!found) throw new Error("The table's display was closed.");
    const made = await found.answer(request);
    port.postMessage({ id, answer: made } satisfies FromTableWorker);
  } catch (error) {
    port.postMessage({ id, error: (error as Error).message } satisfies FromTableWorker);
  }
}

async function encode(table: Table, format: DownloadFormat): Promise<Uint8Array> {
  const formats = await import("../../fused/formats/index.ts");
  return (await formats.encode(table, format)).bytes;
}
