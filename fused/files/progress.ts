import { randomUUID } from "node:crypto";
import { displaySink } from "../display-sink.ts";
import { options } from "../options.ts";

/** Transfers from this size on show how far they are, bytes. */
const shownFrom = 5 * 1024 * 1024;
/** Milliseconds between two updates of the display. */
const pause = 250;

/** Shows the progress of a download or upload in one display that updates, where the notebook has displays and the file is large. */
export function openTransferProgress(name: string): {
  update(received: number, total: number | undefined): void;
  end(): void;
} {
  const sink = displaySink();
  if (!sink || !options.show.enableTqdm) return { update: () => {}, end: () => {} };
  const id = randomUUID();
  let shownAt = 0;
  let last = "";
  const show = (text: string) => {
    const bundle = { data: { "text/plain": text }, metadata: {} };
    if (shownAt === 0) sink.display(bundle, id);
    else sink.update(bundle, id);
    shownAt = performance.now();
    last = "";
  };
  return {
    update(received, total) {
      if ((total ?? received) < shownFrom) return;
      last = `${name}: ${megabytes(received)}${total === undefined ? "" : ` of ${megabytes(total)}`} MB`;
      if (shownAt === 0 || performance.now() - shownAt > pause) show(last);
    },
    end: () => {
      if (last !== "") show(last);
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
