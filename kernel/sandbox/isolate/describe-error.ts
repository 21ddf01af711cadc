import { inspect } from "../../../engine/isolate/inspect.ts";
import type { ShownProblem } from "./channel.ts";

/** The property with the text that a person should see in place of the stack (kernel/session/describe-error.ts). */
export const ownTraceback: unique symbol = Symbol.for("fused.traceback") as never;
/** The file name of our own script in stacks. */
export const ownScript = "fused-sandbox";

const longest = 100_000;

/** What is told of anything that was thrown, with the frames of cells only. Never throws itself. */
export function describeError(thrown: unknown): ShownProblem {
  try {
    if (thrown instanceof Error) return describe(thrown, []);
    const text = typeof thrown === "string" ? thrown : inspect(thrown, 3);
    return bounded({ ename: "Thrown", evalue: text, stack: `Thrown: ${text}` });
  } catch {
    const evalue = "(an error that cannot be shown)";
    return { ename: "Error", evalue, stack: `Error: ${evalue}` };
  }
}

function describe(error: Error, seen: unknown[]): ShownProblem {
  const above = [...seen, error];
  const ename = String(error.name || "Error");
  const evalue = String(error.message ?? "");
  const own = (error as { [ownTraceback]?: unknown })[ownTraceback];
  let stack = typeof own === "string" ? own : withCellFrames(String(error.stack ?? ""), ename, evalue);
  const nested = (each: unknown): string =>
    each instanceof Error && above.length < 10 ? describe(each, above).stack : describeError(each).stack;
  const { cause, errors } = error as Error & { errors?: unknown };
  if (cause !== undefined && !above.includes(cause)) stack += `\nCaused by: ${nested(cause)}`;
  if (Array.isArray(errors)) {
    for (const [i, each] of errors.slice(0, 10).entries()) {
      if (!above.includes(each)) stack += `\n[${i}] ${nested(each)}`;
    }
  }
  return bounded({ ename, evalue, stack });
}

function withCellFrames(stack: string, ename: string, evalue: string): string {
  const head = `${ename}${evalue ? `: ${evalue}` : ""}`;
  const frames = stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !line.includes(ownScript) && !line.includes("<isolated-vm"))
    .filter((line) => !/^\s+at (?:async )?(?:Promise\.all|new Promise|<anonymous>$)/.test(line));
  return [head, ...frames].join("\n");
}

const bounded = ({ ename, evalue, stack }: ShownProblem): ShownProblem => ({
  ename: ename.slice(0, 200),
  evalue: evalue.slice(0, longest),
  stack: stack.slice(0, longest),
});
