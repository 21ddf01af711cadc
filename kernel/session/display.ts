import { randomUUID } from "node:crypto";
import { takePlace } from "../../widgets/mime-bundle.ts";
import type { Reporter } from "./reporter.ts";
import { toBundle } from "./show-value.ts";

/** What `display` gives: a hold on what is shown. It shows nothing itself when it is a cell's last value. */
export interface Display {
  id: string;
  /** Shows another value in its place, wherever it stands. */
  update(value: unknown, options?: { raw?: boolean }): Promise<void>;
}

export interface DisplayOptions {
  /** A name for the display; showing under the same id with `update` takes its place. */
  id?: string;
  update?: boolean;
  /** The value is already an object by mime type. */
  raw?: boolean;
}

export type DisplayFunction = (value: unknown, options?: DisplayOptions) => Promise<Display>;

export function createDisplay(reporter: Reporter): DisplayFunction {
  const show = async (value: unknown, id: string | undefined, update: boolean, raw: boolean): Promise<string> => {
    const execution = reporter.execution();
    const shown = toBundle(value, raw);
    const bundle = shown instanceof Promise ? await shown : shown;
    const own = { displayId: id ?? randomUUID(), update };
    const place = id === undefined ? (takePlace(bundle) ?? own) : own;
    reporter.message({ type: "display", execution, bundle, ...place });
    return place.displayId;
  };
  return async (value, { id: given, update = false, raw = false } = {}) => {
    const id = await show(value, given, update, raw);
    const handle: Display = {
      id,
      update: async (next, options = {}) => void (await show(next, id, true, options.raw ?? false)),
    };
    return Object.defineProperty(handle, Symbol.for("Jupyter.display"), { value: () => ({}) });
  };
}
