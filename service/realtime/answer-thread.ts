import { parentPort } from "node:worker_threads";
import { unpackValue } from "../../engine/values.ts";
import type { EncodedValue } from "../../engine/values/encoded-value.ts";
import { HttpError } from "../http/http-error.ts";
import { answerValue, type ValueAsked } from "./answer-value.ts";
import type { KeptAnswer } from "./result-cache.ts";

/** Entry of the thread that writes large values, one after another. */
export type ToAnswer = Omit<ValueAsked, "value"> & { encoded: EncodedValue };

export type FromAnswer =
  | { answer: KeptAnswer }
  /** The UDF gave what is no value. */
  | { unreadable: string }
  | { refused: Pick<HttpError, "status" | "type" | "message" | "fields"> }
  | { failed: string };

/** V8's words for text of over 512 MB, and for bytes that nobody has. */
const tooLong = /^(Invalid string length|Array buffer allocation failed|Invalid typed array length)/;

const port = parentPort!;

port.on("message", (task: ToAnswer) => {
  void work(task).then((done) => {
    const bytes = "answer" in done ? done.answer.bytes : undefined;
    port.postMessage(done, bytes ? [bytes.buffer as ArrayBuffer] : []);
  });
});

async function work({ encoded, ...asked }: ToAnswer): Promise<FromAnswer> {
  let value: unknown;
  try {
    value = await unpackValue(encoded);
  } catch (error) {
    return { unreadable: `The result could not be read: ${(error as Error).message}` };
  }
  try {
    const answer = await answerValue({ ...asked, value });
    const { bytes } = answer;
    // A small one may lie in a pool that it shares.
    const isWhole = !bytes || bytes.byteLength === bytes.buffer.byteLength;
    return { answer: isWhole ? answer : { ...answer, bytes: Uint8Array.from(bytes) } };
  } catch (error) {
    if (error instanceof RangeError && tooLong.test(error.message)) return { refused: explainTooLong(asked.formats) };
    if (!(error instanceof HttpError)) return { failed: (error as Error).stack ?? String(error) };
    const { status, type, message, fields } = error;
    return { refused: { status, type, message, fields } };
  }
}

function explainTooLong(formats: readonly string[]) {
  const message =
    `The result as ${formats[0] ?? "a file"} is larger than what can be held in memory. ` +
    "Ask for fewer rows or pixels, or for a format that takes less room: arrow, parquet.";
  return { status: 507, type: "UdfMemoryError", message, fields: {} };
}
