import { defaultLimits } from "../engine/limits.ts";
import type { RunError } from "../engine/run-types.ts";
import type { UdfFrame } from "../engine/udf-frame.ts";
import type { ErrorDetails } from "./errors.ts";
import { maskSecrets } from "./secrets.ts";
import {
  FusedError,
  UdfImportError,
  UdfLoadError,
  UdfMemoryError,
  UdfRecursionError,
  UdfRuntimeError,
  UdfSerializationError,
  UdfSyntaxError,
  UdfTimeoutError,
} from "./errors.ts";
import { isMade } from "./imports/refused-module.ts";
import { parametersText } from "./parameter-text.ts";
import { codeFrame } from "./source/code-frame.ts";

const classes: Record<RunError["kind"], typeof FusedError> = {
  runtime: UdfRuntimeError,
  syntax: UdfSyntaxError,
  timeout: UdfTimeoutError,
  memory: UdfMemoryError,
  serialization: UdfSerializationError,
  import: UdfImportError,
  frame: UdfLoadError,
  recursion: UdfRecursionError,
  cancelled: FusedError,
  lost: FusedError,
};

/** The class of an error of a run. */
export const classOfKind = (kind: RunError["kind"]): typeof FusedError => classes[kind];

/** What the caller can do about errors that are nobody's mistake. */
const hints: Partial<Record<RunError["kind"], string>> = {
  timeout:
    `The limit is ${defaultLimits.timeoutMs / 1000} s unless the run option timeout or the option runTimeout says another ` +
    "(seconds; timeout: 0 is none). Give it longer, a smaller area, or split the work with fused.submit; the next larger " +
    'place is a batch run of the service, which has no time limit: { engine: "small" }.',
  memory: "Give it more with the run option memory (megabytes), or a smaller area.",
};

/** Kinds of errors that have no class of their own. */
const kinds = new WeakMap<Error, RunError["kind"]>();

/** What else is known about a run that failed. */
export interface FailedRun {
  frame: UdfFrame;
  parameters: Record<string, unknown>;
  stdout: string;
  stderr: string;
  requestId: string;
}

/**
 * The error class for an outcome. Its message begins with that of the original error (and its name, where the UDF threw
 * it); then come the UDF's
 * name and line, five lines of its source with the failing one marked, and the parameters.
 */
export function errorFromOutcome(error: RunError, run: FailedRun): FusedError {
  const { frame, parameters, ...output } = run;
  const codeFrame = error.line === undefined ? undefined : drawCodeFrame(frame, error.line, error.column);
  const details: ErrorDetails = {
    ...output,
    udfName: frame.name,
    parameters,
    errorName: error.name,
    udfStack: error.stack,
    valueType: error.valueType,
    line: error.line,
    column: error.column,
    codeFrame,
  };
  const inModule = placeInModule(frame, error.stack);
  const udf = `${inModule ? "called from" : "in"} UDF ${frame.name}`;
  const lines = [
    error.kind === "runtime" ? `${error.name}: ${error.message}` : error.message,
    inModule,
    error.line === undefined ? udf : `${udf}, line ${error.line}:`,
    codeFrame,
    Object.keys(parameters).length > 0 && `parameters: ${maskSecrets(parameterLines(parameters))}`,
    hints[error.kind],
  ];
  const failure = new classes[error.kind](lines.filter(Boolean).join("\n"), details);
  kinds.set(failure, error.kind);
  return failure;
}

/** Whether another attempt may help: the UDF threw, or the engine died under it. Wrong input stays wrong. */
export function isRetryable(error: Error): boolean {
  return error instanceof UdfRuntimeError || kinds.get(error) === "lost";
}

/** Whether the engine died under the run. */
export function isLost(error: Error): boolean {
  return kinds.get(error) === "lost";
}

/** Whether the run was ended from this side. */
export function isCancelled(error: Error): boolean {
  return kinds.get(error) === "cancelled";
}

export function isTimeout(error: Error): boolean {
  return error instanceof UdfTimeoutError;
}

/** The same error as one of a pool: it says which run it was and what arguments it had. */
export function poolRunError(error: Error, index: number, args: Record<string, unknown>): Error {
  const message = `${error.message}\nrun ${index} of the pool, with ${parametersText(args)}`;
  if (!(error instanceof FusedError)) return new FusedError(`${error.name}: ${message}`, { cause: error });
  const details: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(error)) {
    if (name !== "message" && name !== "stack") details[name] ??= (error as unknown as Record<string, unknown>)[name];
  }
  return new (error.constructor as typeof FusedError)(message, details);
}

/** The first line of a run's error: the original error's name and message. */
export function errorHeadline(error: Error): string {
  return error.message.split("\n", 1)[0]!;
}

/** The place of an error that was thrown in a header module, as its own text has it; undefined where it was not. */
function placeInModule({ headers }: UdfFrame, stack: string): string | undefined {
  const [, name, row, column] = /^ {4}at .*\((.+):(\d+):(\d+)\)$/m.exec(stack) ?? [];
  const header = headers.find(({ moduleName }) => moduleName === name);
  if (!header || isMade(header)) return undefined;
  const line = Number(row);
  const isThere = line <= header.source.split("\n").length;
  return `in ${name}, line ${line}:${isThere ? `\n${codeFrame(header.source, line, Number(column))}` : ""}`;
}

function drawCodeFrame({ source, origin }: UdfFrame, line: number, column = 1): string | undefined {
  const text = source.replace(/\n$/, "");
  const within = line - origin.firstLine + 1;
  const isThere = within >= 1 && within <= text.split("\n").length;
  return isThere ? codeFrame(text, within, column, origin.firstLine) : undefined;
}

const lineWidth = 110;
const parameterLineCount = 3;

function parameterLines(parameters: Record<string, unknown>): string {
  const text = parametersText(parameters, lineWidth * parameterLineCount);
  return text
    .match(new RegExp(`.{1,${lineWidth}}`, "gu"))!
    .slice(0, parameterLineCount)
    .join("\n  ");
}
