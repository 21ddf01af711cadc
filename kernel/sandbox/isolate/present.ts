import { inspect } from "../../../engine/isolate/inspect.ts";
import type { Travel } from "../../../engine/isolate/travel.ts";
import { packEncoded } from "../../../engine/values/packed-value.ts";
import { parameterList } from "../../session/values/parameter-list.ts";
import type { Shown } from "./channel.ts";
import { udfNumber } from "./udf-handle.ts";

/** A value on its way to be shown, with the bytes that the host draws from. */
export interface Presented {
  shown: Shown;
  body?: ArrayBuffer;
}

const drawSelf = Symbol.for("Jupyter.display");
/** Bytes of a value that the host draws; a larger one is told as text. */
const mostBytes = 64 * 2 ** 20;
const mostItems = 1_000_000;
const textDepth = 4;
const longestText = 50_000;

/**
 * How a value shows. Plain data goes to the host, which draws tables, maps and pictures of it with the same code as for
 * any notebook; all else is told as text here, where its getters and traps can do no more than the cell itself.
 */
export async function present(value: unknown, travel: Travel): Promise<Presented> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return text(value);
  const udf = udfNumber(value);
  if (udf !== undefined) return { shown: { udf } };
  const own = (value as { [drawSelf]?: unknown })[drawSelf];
  if (typeof own === "function") {
    const bundle: unknown = await (own as (this: object) => unknown).call(value);
    if (typeof bundle === "object" && bundle !== null) return { shown: { bundle: bundle as Record<string, unknown> } };
    throw new TypeError(
      `[Symbol.for("Jupyter.display")]() gave ${inspect(bundle, 1)} where an object by mime type must stand`,
    );
  }
  if (typeof value === "function" || value instanceof Error || isHuge(value) || hasOwnGetter(value)) return text(value);
  try {
    const packed = packEncoded(travel.encode(value, mostBytes));
    return { shown: { data: true }, body: packed.buffer };
  } catch {
    return text(value);
  }
}

function text(value: unknown): Presented {
  const inspected = inspect(value, textDepth);
  const whole =
    typeof value === "function"
      ? inspected.replace(/^\[[^\n]*?\](?= |$)/, (head) => head + parameterList(value))
      : inspected;
  const shown =
    whole.length <= longestText
      ? whole
      : `${whole.slice(0, longestText)}\n… ${whole.length - longestText} more characters of text`;
  return { shown: { text: shown } };
}

const isHuge = (value: object): boolean =>
  (Array.isArray(value) && value.length > mostItems) ||
  ((value instanceof Map || value instanceof Set) && value.size > mostItems);

/** A getter is not to be set off by being shown. */
function hasOwnGetter(value: object): boolean {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const keys = Object.keys(value);
  return keys.length <= 1000 && keys.some((key) => Object.getOwnPropertyDescriptor(value, key)?.get !== undefined);
}
