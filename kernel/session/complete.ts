import { wordBefore } from "../language/completions.ts";
import type { LiveAnswer } from "../language/answer-completion.ts";
import type { Evaluator } from "./evaluate.ts";

/** Completions from the live objects of the session. `cursor` is in UTF-16 units. */
export async function completeLive(code: string, cursor: number, evaluator: Evaluator): Promise<LiveAnswer> {
  const before = code.slice(0, cursor);
  const member = /([\p{ID_Continue}$)\]"'`][^\n;]*)\.[\p{ID_Continue}$]*$/u.exec(before);
  if (member) {
    const object = lastExpression(before.slice(0, member.index + member[1]!.length));
    const names = object ? await memberNames(object, evaluator) : [];
    return reply(names, wordBefore(before), cursor, true);
  }
  const [globals, lexical] = await Promise.all([memberNames("globalThis", evaluator), evaluator.lexicalNames()]);
  const names = [...globals, ...lexical, ...keywords];
  return reply(names, wordBefore(before), cursor, false);
}

async function memberNames(object: string, evaluator: Evaluator): Promise<string[]> {
  const names = await evaluator.peek(`(${listNames})(${object}\n)`);
  return typeof names?.value === "string" ? names.value.split("\n") : [];
}

/** Own and inherited property names of a value. One evaluation for all: each is a turn of the main thread. */
const listNames = `(value) => {
  const names = new Set();
  if (value !== undefined && value !== null)
    for (let o = Object(value); o && names.size < 5000; o = Object.getPrototypeOf(o))
      for (const name of Object.getOwnPropertyNames(o)) names.add(name);
  return [...names].join("\\n");
}`;

/** The expression that ends the text: identifiers, members, calls, literals and brackets, read backwards. */
function lastExpression(text: string): string | undefined {
  let i = text.length;
  let depth = 0;
  while (i > 0) {
    const ch = text[i - 1]!;
    if (")]}".includes(ch)) depth++;
    else if ("([{".includes(ch)) {
      if (depth === 0) break;
      depth--;
    } else if (depth === 0 && `"'\``.includes(ch)) {
      const open = text.lastIndexOf(ch, i - 2);
      if (open < 0) return undefined;
      i = open + 1;
    } else if (depth === 0 && !/[\p{ID_Continue}$.?!]/u.test(ch)) break;
    i--;
  }
  const found = text.slice(i).trim();
  return found === "" ? undefined : found;
}

function reply(names: string[], word: string, cursor: number, member: boolean): LiveAnswer {
  const matches = [...new Set(names)]
    .filter((name) => name.startsWith(word) && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
    .sort((a, b) => Number(a.startsWith("_")) - Number(b.startsWith("_")) || a.localeCompare(b));
  return { matches, start: cursor - word.length, member };
}

const keywords =
  "async await break case catch class const continue debugger default delete do else enum export extends false finally for from function if implements import in instanceof interface let new null of return satisfies static super switch this throw true try type typeof undefined using var void while yield".split(
    " ",
  );
