import type { PageLine } from "../../widget-kernel.ts";
import type { TileAnswer } from "../map-spec.ts";

/** Answers on their way to one page: gathered, and held back while the page has not taken the earlier ones. */
export interface PageOutbox {
  add(answer: TileAnswer, buffers: Uint8Array[]): void;
  /** The page has taken so many. */
  credit(tiles: number, bytes: number): void;
}

/** What a page may have been sent without having taken it. */
const credits = { tiles: 16, bytes: 4 << 20 };
/** Bytes of one message. */
const messageBytes = 1 << 20;

export function pageOutbox(page: PageLine): PageOutbox {
  let waiting: { answer: TileAnswer; buffers: Uint8Array[]; bytes: number }[] = [];
  let outstanding = { tiles: 0, bytes: 0 };
  let isScheduled = false;

  const flush = (): void => {
    isScheduled = false;
    while (waiting.length > 0) {
      const answers: TileAnswer[] = [];
      const buffers: Uint8Array[] = [];
      let bytes = 0;
      while (waiting.length > 0 && bytes < messageBytes) {
        // A tile larger than all credit goes when nothing else is under way.
        const isFree = outstanding.tiles === 0;
        const isWithin = outstanding.tiles < credits.tiles && outstanding.bytes + waiting[0]!.bytes <= credits.bytes;
        if (!isFree && !isWithin) break;
        const first = waiting.shift()!;
        answers.push(first.answer);
        buffers.push(...first.buffers);
        bytes += first.bytes;
        outstanding = { tiles: outstanding.tiles + 1, bytes: outstanding.bytes + first.bytes };
      }
      if (answers.length === 0) return;
      page.send("tiles", { tiles: answers }, buffers);
    }
  };
  return {
    add(answer, buffers) {
      waiting.push({ answer, buffers, bytes: buffers.reduce((sum, each) => sum + each.length, 0) });
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(flush);
    },
    credit(tiles, bytes) {
      outstanding = { tiles: Math.max(0, outstanding.tiles - tiles), bytes: Math.max(0, outstanding.bytes - bytes) };
      flush();
    },
  };
}
