import { setTimeout as pause } from "node:timers/promises";
import { DatabaseError } from "../database/database.ts";

const firstPause = 100;
const longestPause = 2000;

/**
 * Does something with the database again and again while that cannot be reached: a server that is killed and started again is
 * waited for. It may be done twice, where the connection broke after the commit; `work` must bear that.
 * @throws the error of `work` that is not the connection's; the reason of `signal`
 */
export async function persist<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let wait = firstPause; ; wait = Math.min(longestPause, wait * 2)) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseError && error.isUnreachable)) throw error;
    }
    await pause(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
