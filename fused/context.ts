import { FusedError } from "./errors.ts";
import { options } from "./options.ts";

/** `fused.context` outside a run: no headers, no UDF. Inside a run it is the isolate's own (engine/isolate). */
export const context = {
  getHeaders: (): Record<string, string> => ({}),
  getHeader: (_name: string): string | undefined => undefined,
  header: (_name: string): string | undefined => undefined,
  getRecursionFactor: (): number => options.maxRecursionFactor,
  getRealtimeClientId: (): string | null => options.realtimeClientId,
  getUserEmail: (): string | null => null,
  inBatch: (): boolean => options.jobId !== null,
  inRealtime: (): boolean => false,
  /** @throws FusedError: only a run has a UDF of its own */
  get thisUdf(): never {
    throw new FusedError("fused.context.thisUdf is the UDF that is running; a cell is none. Use it inside a UDF.");
  },
};
