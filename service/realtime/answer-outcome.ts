import { errorFromOutcome } from "../../fused/run-error.ts";
import { languageOfText } from "../../fused/load/code-language.ts";
import { logText } from "../../fused/run-logs.ts";
import type { RunError, RunOutcome } from "../../engine/run-types.ts";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import type { Tile } from "../../fused/tiles/index.ts";
import { HttpError } from "../http/http-error.ts";
import type { AnswerThreads } from "./answer-threads.ts";
import { answerValue } from "./answer-value.ts";
import { isLarge, isLongTable } from "./large-value.ts";
import type { KeptAnswer } from "./result-cache.ts";

const statusOf: Record<RunError["kind"], number> = {
  runtime: 422,
  syntax: 422,
  serialization: 422,
  import: 422,
  frame: 422,
  recursion: 422,
  memory: 422,
  timeout: 504,
  cancelled: 499,
  lost: 500,
};

/** What the value of a run is written for. */
export interface AnswerFor {
  frame: UdfFrame;
  parameters: Record<string, unknown>;
  formats: readonly string[];
  tile: Tile | undefined;
  /** Who waits; an answer nobody waits for is given up. */
  signal: AbortSignal;
  teamId: string;
}

/**
 * Writes what came of a run: small values here and now, large ones in a thread, so that nobody else waits for them.
 * @throws HttpError 422 for an error of the UDF and a format that does not fit, 504 for a run or a writing that took too long,
 * 503, 507 where there is no room for a large one
 */
export async function answerOutcome(
  outcome: RunOutcome,
  wanted: AnswerFor,
  threads: AnswerThreads,
): Promise<KeptAnswer> {
  if (outcome.status === "error") throw refusalOf(outcome, wanted);
  const { value, encoded, logs, times } = outcome;
  const { formats, tile, signal, teamId } = wanted;
  if (!encoded || !(isLarge(encoded, formats) || isLongTable(value))) {
    return answerValue({ value, logs, times, formats, tile });
  }
  const place = tile && { x: tile.x, y: tile.y, z: tile.z };
  const done = await threads.answer({ encoded, logs, times, formats, tile: place }, { signal, teamId });
  if ("answer" in done) return done.answer;
  const error: RunError = { kind: "serialization", name: "SerializationError", message: done.unreadable, stack: "" };
  throw refusalOf({ status: "error", error, logs, times }, wanted);
}

function refusalOf({ error, logs }: RunOutcome & { status: "error" }, { frame, parameters }: AnswerFor): HttpError {
  if (error.kind === "syntax" && languageOfText(frame.source) === "python") {
    const message = `${frame.name} is a Python UDF, which can be kept here and not run: this service runs TypeScript.`;
    return new HttpError(422, "UdfRuntimeError", message);
  }
  const stdout = logText(logs, "stdout");
  const stderr = logText(logs, "stderr");
  const failure = errorFromOutcome(error, { frame, parameters, stdout, stderr, requestId: "" });
  const fields = {
    kind: error.kind,
    name: error.name,
    line: error.line,
    column: error.column,
    frame: failure.codeFrame,
    traceback: error.stack,
    stdout: stdout.slice(-20_000),
    stderr: stderr.slice(-20_000),
  };
  const type = error.kind === "lost" ? "EngineLostError" : failure.name;
  return new HttpError(statusOf[error.kind], type, failure.message, fields);
}
