import { Worker } from "node:worker_threads";
import { tableHalf, type TableReader } from "../../widgets/table/kernel/table-half.ts";
import type { KernelHalfFactory } from "../../widgets/widget-kernel.ts";
import type { FromTableWorker, ToTableWorker } from "./table-worker.ts";

/** The kernel half of tables, with the thread that reads them. */
export const tableDisplay: KernelHalfFactory = tableHalf(openReader());

/** Hands requests to the thread, which starts with the first of them. */
function openReader(): TableReader {
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  const open = new Map<string, Extract<ToTableWorker, { type: "open" }>>();
  let worker: Worker | undefined;
  let lastId = 0;

  function start(): Worker {
    const entry = import.meta.url.endsWith(".ts") ? "./table-worker.ts" : "./table-worker.js";
    const made = new Worker(new URL(entry, import.meta.url));
    made.on("message", (message: FromTableWorker) => {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if ("error" in message) asked?.reject(new Error(message.error));
      else asked?.resolve(message.answer as never);
    });
    const fail = (error: Error) => {
      if (worker !== made) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    made.on("error", (error: Error) => fail(new Error(`The table could not be read: ${error.message}`)));
    made.on("exit", () => fail(new Error("The thread that reads tables has ended; ask again.")));
    for (const message of open.values()) made.postMessage(message);
    // Listeners hold the process: the thread is not to.
    made.unref();
    return made;
  }

  return {
    open(table, { path, index, columns }) {
      const message = { type: "open" as const, table, path, index, columns };
      open.set(table, message);
      // A page asks soon: the thread is there by then.
      if (worker) worker.postMessage(message satisfies ToTableWorker);
      else worker = start();
    },
    ask(table, request) {
      worker ??= start();
      const id = ++lastId;
      worker.postMessage({ type: "ask", table, id, request } satisfies ToTableWorker);
      return new Promise((resolve, reject) => waiting.set(id, { resolve: resolve as never, reject }));
    },
    close(table) {
      open.delete(table);
      worker?.postMessage({ type: "close", table } satisfies ToTableWorker);
    },
  };
}
