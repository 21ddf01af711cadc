import { inspect } from "node:util";
import type { RemoteValue } from "./evaluate.ts";

/** Strings longer than this are cut where they are, in the main thread. */
const longestString = 1000;

/**
 * Text of a value that is the same on both sides of the inspector, so that the main thread need not be asked for it.
 * @returns the text, `null` for undefined (which shows nothing), or undefined where the value lives in the main thread
 */
export function primitiveText({ type, subtype, value, unserializableValue }: RemoteValue): string | null | undefined {
  switch (type) {
    case "undefined":
      return null;
    case "number":
    case "bigint":
    case "boolean":
      return unserializableValue ?? inspect(value);
    case "string":
      return (value as string).length <= longestString ? inspect(value) : undefined;
    default:
      return subtype === "null" ? "null" : undefined;
  }
}
