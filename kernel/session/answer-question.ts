import { completeCode } from "./complete.ts";
import type { Evaluator } from "./evaluate.ts";
import { inspectName } from "./inspect.ts";
import { isComplete } from "./is-complete.ts";
import type { Question } from "./messages.ts";

/** The content of the reply to a question; an error in finding it is an empty answer, never a failed session. */
export async function answerQuestion(question: Question, evaluator: Evaluator): Promise<Record<string, unknown>> {
  switch (question.about) {
    case "is_complete":
      return isComplete(question.code);
    case "complete":
      return completeCode(question.code, question.cursor, evaluator);
    case "inspect":
      return inspectName(question.code, question.cursor, question.detail, evaluator);
  }
}
