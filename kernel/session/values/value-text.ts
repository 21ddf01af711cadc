import { inspect } from "node:util";
import { boundedCopy, isLaden, isModest, ladenText, withMarks } from "./bounded-copy.ts";
import { parameterList } from "./parameter-list.ts";

/** Characters of a value's text, at most. */
const longest = 50_000;
const options = { depth: 4, maxArrayLength: 100, maxStringLength: 10_000 };

/**
 * A value as `text/plain`: as `util.inspect` tells it, without colours, in bounded time and size whatever the value is.
 * Getters are not called and proxies not asked.
 */
export function valueText(value: unknown): string {
  if (typeof value === "string") return stringText(value);
  if (typeof value === "function") return functionText(value);
  return cut(
    isModest(value)
      ? inspect(value, options)
      : withMarks(inspect(boundedCopy(value), { ...options, maxArrayLength: 101 })),
  );
}

function functionText(value: object): string {
  const told = isLaden(value) ? ladenText(value) : inspect(value, { ...options, depth: 1 });
  return cut(told.replace(/^\[[^\n]*?\](?= |$)/, (head) => head + parameterList(value)));
}

function stringText(text: string): string {
  if (text.length <= options.maxStringLength) return inspect(text);
  const rest = text.length - options.maxStringLength;
  return `${inspect(text.slice(0, options.maxStringLength))}... ${rest} more characters`;
}

function cut(text: string): string {
  if (text.length <= longest) return text;
  const end = text.lastIndexOf("\n", longest);
  return `${text.slice(0, end > longest / 2 ? end : longest)}\n… ${text.length - longest} more characters of text`;
}
