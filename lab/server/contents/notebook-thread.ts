import { parentPort, workerData } from "node:worker_threads";
import { HttpError } from "../http-error.ts";
import { doWork } from "./notebook-work.ts";
import type { Work } from "./notebook-work.ts";

/** Entry of the thread that does one piece of work and ends, so that the memory it took is gone with it. */
try {
  const done = doWork(workerData as Work);
  // A small result may lie in a pool that it shares.
  const bytes = done.bytes.byteLength === done.bytes.buffer.byteLength ? done.bytes : Uint8Array.from(done.bytes);
  parentPort!.postMessage({ done: { ...done, bytes } }, [bytes.buffer as ArrayBuffer]);
} catch (error) {
  if (!(error instanceof HttpError)) throw error;
  const { status, message, details } = error;
  parentPort!.postMessage({ refused: { status, message, details } });
}
