import { inspect } from "node:util";
import type { ShownError } from "./records.ts";

const ownFolder = new URL(import.meta.url.endsWith(".ts") ? "../../" : "./", import.meta.url).href;

const ownTraceback = Symbol.for("fused.traceback");

/** What is told of anything that was thrown: an Error, or whatever else somebody throws. Never throws itself. */
export function describeError(thrown: unknown): ShownError {
  try {
    if (thrown instanceof Error || isErrorLike(thrown)) return describe(thrown as Error, new Set());
    const text = typeof thrown === "string" ? thrown : inspect(thrown, { depth: 3 });
    return { ename: "Thrown", evalue: text, stack: `Thrown: ${text}` };
  } catch {
    return {
      ename: "Error",
      evalue: "(an error that cannot be shown)",
      stack: "Error: (an error that cannot be shown)",
    };
  }
}

function isErrorLike(value: unknown): boolean {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}

function describe(error: Error, seen: Set<unknown>): ShownError {
  seen.add(error);
  const ename = String(error.name || error.constructor?.name || "Error");
  const evalue = String(error.message ?? "");
  // An error may bring the text a person should see in place of its stack: a UDF's own frames, a one-line usage error.
  const own: unknown = Reflect.get(error, ownTraceback);
  let stack = typeof own === "string" ? own : withoutOurFrames(String(error.stack ?? ""), ename, evalue);
  const { cause, errors } = error as Error & { errors?: unknown };
  if (cause !== undefined && !seen.has(cause)) stack += `\nCaused by: ${nested(cause, seen)}`;
  if (Array.isArray(errors)) {
    for (const [i, each] of errors.slice(0, 10).entries()) {
      if (!seen.has(each)) stack += `\n[${i}] ${nested(each, seen)}`;
    }
  }
  return { ename, evalue, stack };
}

function nested(thrown: unknown, seen: Set<unknown>): string {
  return thrown instanceof Error ? describe(thrown, seen).stack : describeError(thrown).stack;
}

/** The head of the stack and the frames of cells and of the user's modules; Node's and ours are noise to their author. */
function withoutOurFrames(stack: string, ename: string, evalue: string): string {
  const lines = stack.split("\n");
  const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
  const head = `${ename}${evalue ? `: ${evalue}` : ""}`;
  if (firstFrame < 0) return head;
  const frames = lines
    .slice(firstFrame)
    .filter((line) => /^\s+at /.test(line) && !line.includes("node:") && !line.includes(ownFolder))
    .filter((line) => !/^\s+at (?:async )?(?:Promise\.all|new Promise|<anonymous>$|process\.)/.test(line));
  return [head, ...frames].join("\n");
}
