import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageRoot, runsFromSource } from "../../../kernelspec/package-root.ts";
import { HttpError } from "../http-error.ts";
import { doWork } from "./notebook-work.ts";
import type { Work, WorkDone } from "./notebook-work.ts";

/** From this size on, bytes, a thread's start costs less than keeping everybody else waiting. */
const worthAThread = 2e6;

const program = runsFromSource
  ? join(packageRoot, "lab", "server", "contents", "notebook-thread.ts")
  : join(packageRoot, "dist", "notebook-thread.js");

let last: Promise<unknown> = Promise.resolve();

/**
 * Does the work, in a thread where it is much, one thread at a time. The bytes are the thread's from then on.
 * @throws HttpError
 */
export async function doWorkApart(work: Work): Promise<WorkDone> {
  if (work.bytes.length < worthAThread) return doWork(work);
  const mine = last.then(() => runThread(work));
  last = mine.catch(() => undefined);
  return mine;
}

function runThread(work: Work): Promise<WorkDone> {
  const bytes = work.bytes.byteLength === work.bytes.buffer.byteLength ? work.bytes : Uint8Array.from(work.bytes);
  // A view of plain bytes: a Buffer would be cloned as something else.
  const view = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, {
      workerData: { ...work, bytes: view },
      transferList: [view.buffer as ArrayBuffer],
      execArgv: [],
    });
    thread.once("message", ({ done, refused }: { done?: WorkDone; refused?: HttpError }) => {
      if (done) resolve(done);
      else reject(new HttpError(refused!.status, refused!.message, refused!.details));
    });
    thread.once("error", reject);
    thread.once("exit", () => reject(new HttpError(500, "there was not enough memory for this file")));
  });
}
