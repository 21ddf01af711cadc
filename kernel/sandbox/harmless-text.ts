// oxlint-disable no-control-regex -- control characters are what this is about
import type { FromSession } from "../session/messages.ts";

/**
 * Text of a notebook that nobody trusts, for a front end that may be a terminal: colours stay, every other control sequence
 * (which may set titles, fill the clipboard or answer for the keyboard) is shown as what it is.
 */
export function harmlessText(text: string): string {
  return text
    .replace(/\u001b(?!\[[\d;]*m)/g, "␛")
    .replace(/[\u0000-\u0007\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g, "�");
}

/** The same on one line, for a question. */
export function harmlessLine(text: string): string {
  return harmlessText(text).replace(/[\r\n\u001b\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ");
}

/** A message about a cell: its source may stand in the pictures of its errors. */
export function harmlessMessage(message: FromSession): FromSession {
  if (message.type === "stream") return { ...message, text: harmlessText(message.text) };
  if (message.type !== "done" || message.outcome.status !== "error") return message;
  const { ename, evalue, traceback, ...rest } = message.outcome;
  const outcome = {
    ...rest,
    ename: harmlessText(ename),
    evalue: harmlessText(evalue),
    traceback: traceback.map(harmlessText),
  };
  return { ...message, outcome };
}
