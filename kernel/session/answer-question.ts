import { findCellMagic } from "../../magics/split.ts";
import { completionReply } from "../language/answer-completion.ts";
import { completeMagic, type MagicContext } from "../language/complete-magic.ts";
import type { LanguageSlot } from "../language/language-slot.ts";
import { completeLive } from "./complete.ts";
import type { Evaluator } from "./evaluate.ts";
import { inspectName, isUdf } from "./inspect.ts";
import { isComplete } from "./is-complete.ts";
import type { Question } from "./messages.ts";

type Reply = Record<string, unknown>;

/** The live objects are waited for this long, milliseconds: native code may hold the session's main thread. */
const livePatience = 200;
/** The language server, where live objects have something to offer. */
const typedPatience = 80;

/** The content of the reply to a question; an error in finding it is an empty answer, never a failed session. */
export async function answerQuestion(question: Question, evaluator: Evaluator, language: LanguageSlot): Promise<Reply> {
  try {
    switch (question.about) {
      case "is_complete":
        return isComplete(question.code);
      case "complete":
        return await complete(question.code, question.cursor, evaluator, language);
      case "inspect":
        return await inspectName(question, evaluator, language);
    }
  } catch {
    return {};
  }
}

async function complete(code: string, cursor: number, evaluator: Evaluator, language: LanguageSlot): Promise<Reply> {
  const inMagic = await completeMagic(code, cursor, magicContext(evaluator));
  if (inMagic) return completionReply(inMagic, undefined, cursor);
  // Names of the notebook do not exist inside a UDF.
  const findLive = findCellMagic(code)?.name === "udf" ? undefined : soon(completeLive(code, cursor, evaluator));
  if (language.isWarm()) {
    const typing = language.complete(code, cursor);
    const live = await findLive;
    // With what lives in hand the types are waited for less.
    const found = live && live.matches.length > 0 ? await soon(typing, typedPatience) : await typing;
    return completionReply(found, live, cursor);
  }
  // While the language server starts, what lives is answer enough.
  const live = await findLive;
  if (live && live.matches.length > 0) {
    language.startSoon();
    return completionReply(undefined, live, cursor);
  }
  return completionReply(await language.complete(code, cursor), live, cursor);
}

function magicContext(evaluator: Evaluator): MagicContext {
  const text = async (expression: string): Promise<string[]> => {
    const value = (await soon(evaluator.peek(expression)))?.value;
    return typeof value === "string" && value !== "" ? value.split(" ") : [];
  };
  return {
    folder: process.cwd(),
    async udfNames() {
      const names = (await text('Object.keys(globalThis).join(" ")')).filter(
        (name) => identifier.test(name) && !nodeNames.has(name),
      );
      // Names one by one: to ask for a property of the global object by a computed name counts as a side effect.
      return text(`(${names.map((name) => `(${isUdf(name)} ? "${name} " : "")`).join(" + ") || '""'}).trim()`);
    },
    parameterNames: async (name) =>
      identifier.test(name)
        ? text(`${isUdf(name)} ? ${name}.schema.parameters.map((each) => each.name).join(" ") : ""`)
        : [],
  };
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const nodeNames = new Set(Object.keys(globalThis));

function soon<T>(answer: Promise<T>, milliseconds = livePatience): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, milliseconds, undefined));
  return Promise.race([answer, late]);
}
