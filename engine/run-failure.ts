import { scriptName, type AuthorPosition, type CompiledUdf } from "./compile.ts";
import type { Failure } from "./isolate/failure.ts";
import type { RunError, RunLimits } from "./run-types.ts";

/** How a UDF failed, in the author's lines. */
export function errorOfUdf(failure: Failure, udf: CompiledUdf, limits: RunLimits): RunError {
  const kind = ["runtime", "serialization", "import"].includes(failure.kind) ? failure.kind : "runtime";
  const [name, message] = [String(failure.name), String(failure.message)];
  if (kind === "runtime" && name === "RangeError" && message === "Array buffer allocation failed")
    return errorOfMemory(limits);
  const { stack, position: where } = mapStack(String(failure.stack), udf, `${name}: ${message}`);
  const valueType = failure.valueType === undefined ? {} : { valueType: String(failure.valueType) };
  return { kind, name, message, stack, line: where?.line, column: where?.column, ...valueType };
}

/** A promise of the UDF's that was rejected with nobody to handle it: it ends the run as it would end a process. */
export function errorOfRejection(error: unknown, udf: CompiledUdf, limits: RunLimits): RunError {
  const { name = "Error", message = String(error), stack = "" } = Object(error) as Partial<Error>;
  return errorOfUdf({ kind: "runtime", name, message, stack }, udf, limits);
}

/** An error of isolated-vm itself: V8 found the script wrong where the TypeScript compiler had not. */
export function errorOfHost(error: unknown, udf: CompiledUdf): RunError {
  const { name, message, stack } = Object(error) as Partial<Error>;
  const isSyntax = name === "SyntaxError";
  const { stack: mapped, position } = mapStack(stack ?? "", udf, `${name}: ${message}`);
  const where = position && { line: position.line, column: position.column };
  return {
    kind: isSyntax ? "syntax" : "runtime",
    name: name ?? "Error",
    message: message ?? String(error),
    stack: mapped,
    ...where,
  };
}

export function errorOfTimeout(timeoutMs: number): RunError {
  const seconds = `${timeoutMs / 1000} s`;
  const message = `The UDF ran longer than ${seconds}, its time limit, and was ended.`;
  return { kind: "timeout", name: "TimeoutError", message, stack: "" };
}

export function errorOfMemory({ memoryMb }: RunLimits): RunError {
  const message = `The UDF needed more than ${memoryMb} MB of memory, its limit, and was ended.`;
  return { kind: "memory", name: "MemoryError", message, stack: "" };
}

/** `chain`: names of the UDFs, each run by the one before. */
export function errorOfRecursion(chain: string[], most: number): RunError {
  const message =
    `UDFs ran UDFs more than ${most} levels deep, the limit (option maxRecursionFactor): ${chain.join(" → ")}. ` +
    "A UDF that runs itself needs an end.";
  return { kind: "recursion", name: "UdfRecursionError", message, stack: "" };
}

export function errorOfCancelling(): RunError {
  return { kind: "cancelled", name: "AbortError", message: "The run was cancelled.", stack: "" };
}

const scriptPosition = new RegExp(`^\\s+at (?:(.*?) \\()?(?:.*, )?${scriptName}:(\\d+):(\\d+)\\)?$`);
const syntaxPosition = new RegExp(`${scriptName}:(\\d+)(?::(\\d+))?`);

/** V8's stack with the UDF's own frames only, each where its author wrote it, and the place of the topmost in its main source. */
function mapStack(stack: string, udf: CompiledUdf, heading: string): { stack: string; position?: AuthorPosition } {
  let position: AuthorPosition | undefined;
  let isCause = false;
  const lines = [heading];
  for (const line of stack.split("\n")) {
    const [, called = "", row, column] = scriptPosition.exec(line) ?? [];
    const author = row && udf.authorPosition(Number(row), Number(column));
    if (author) {
      if (!isCause && author.source === udf.frame.origin.name) position ??= author;
      const name = /^(async )?(Object\.)?\$(main|entry)$/.test(called) ? udf.frame.name : called || udf.frame.name;
      lines.push(`    at ${name} (${author.source}:${author.line}:${author.column})`);
    } else if (line.startsWith("[cause]: ")) {
      isCause = true;
      lines.push(line);
    }
  }
  if (!position) {
    const [, row, column] = syntaxPosition.exec(stack) ?? [];
    position = row ? udf.authorPosition(Number(row), Number(column ?? 1)) : undefined;
  }
  return { stack: lines.join("\n"), position };
}
