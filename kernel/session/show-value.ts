import { inspect, types } from "node:util";
import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import { keysOf } from "./values/bounded-copy.ts";
import { isReactElement, showReactElement } from "./values/react-element.ts";
import { valueText } from "./values/value-text.ts";
import { valueTree } from "./values/value-tree.ts";
import { loadWidgets } from "./when-needed.ts";

const drawSelf = Symbol.for("Jupyter.display");

/** What a cell's last value shows; undefined where it shows nothing. */
export async function showResult(value: unknown): Promise<MimeBundle | undefined> {
  if (value === undefined) return undefined;
  const bundle = await toBundle(value);
  return Object.keys(bundle.data).length > 0 ? bundle : undefined;
}

/** A value as a mime bundle: by its own drawing method, by a widget that knows it, else as text. */
export function toBundle(value: unknown, raw = false): MimeBundle | Promise<MimeBundle> {
  if (raw) return { data: value as Record<string, unknown>, metadata: {} };
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return asText(value);
  return drawn(value);
}

async function drawn(value: object): Promise<MimeBundle> {
  if (types.isProxy(value)) return asText(value);
  const own = (value as { [drawSelf]?: unknown })[drawSelf];
  if (typeof own === "function") {
    const data: unknown = await (own as (this: object) => unknown).call(value);
    if (typeof data !== "object" || data === null) {
      throw new TypeError(
        `[Symbol.for("Jupyter.display")]() gave ${inspect(data)} where an object by mime type must stand`,
      );
    }
    return { data: data as Record<string, unknown>, metadata: {} };
  }
  if (typeof value === "function" || isError(value)) return asText(value);
  if (isReactElement(value)) return showReactElement(value);
  // What draws a value reads its properties: neither a getter nor a proxy is to be set off by being shown.
  if (hasOwnGetter(value)) return asText(value);
  try {
    return (await loadWidgets().showValue(value)) ?? asText(value);
  } catch {
    // What looks like a table or a map and is none, an array of holes say, is still a value.
    return asText(value);
  }
}

const isError = (value: object): boolean => value instanceof Error;

function hasOwnGetter(value: object): boolean {
  if (Array.isArray(value) || types.isTypedArray(value)) return false;
  const keys = keysOf(value);
  return keys.length <= 1000 && keys.some((key) => Object.getOwnPropertyDescriptor(value, key)?.get !== undefined);
}

function asText(value: unknown): MimeBundle {
  const text = valueText(value);
  const html = valueTree(value, text);
  return { data: { ...(html !== undefined && { "text/html": html }), "text/plain": text }, metadata: {} };
}
