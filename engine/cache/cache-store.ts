import type { StorageName } from "../host-access.ts";
import type { ContentSink } from "./content.ts";
import type { FunctionPlan } from "./function-plan.ts";

/** Where a cached function's values are: this process's file system, or the host of an isolate. */
export interface CacheStore<Key> {
  /** Reads the parameters from a function's source. */
  plan(source: string): Promise<FunctionPlan>;
  /** Makes the key of what `write` writes. */
  key(write: (sink: ContentSink) => void): Key;
  /** A kept value, or the turn to compute it. */
  open(request: StoreRequest<Key>): Promise<{ hit: { value: unknown; age: number } } | { turn: StoreTurn }>;
  /** What holds where neither the function nor the call says anything. */
  settings(): { maxAge: number; verbose: boolean };
}

export interface StoreRequest<Key> {
  key: Key;
  name: string;
  source: string;
  maxAge: number;
  reset: boolean;
  lockTimeout: number;
  folder: string;
  storage: StorageName | undefined;
}

export interface StoreTurn {
  /** @throws TypeError where the value is of a kind that cannot be kept */
  keep(value: unknown, seconds: number): Promise<void>;
  release(): void;
}
