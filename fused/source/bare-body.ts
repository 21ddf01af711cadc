import { UdfSyntaxError } from "../errors.ts";
import { isBindable } from "./inline-function.ts";
import { isReturnOutside, parseSource, syntaxErrorAt, wholeText } from "./parse-source.ts";
import type { AuthorText } from "./parse-source.ts";

export interface BareBody {
  /** A module whose default export has the body. */
  source: string;
  /** What the author calls the first line of `source`. */
  firstLine: number;
  /** The author's part of `source`. */
  author: AuthorText;
  warnings: string[];
}

/**
 * Builds a module around statements that are a UDF's body, whose parameters stand on the magic's line. Every line of the
 * body keeps its number: the function's head has a line of its own before it, or stands behind the leading imports.
 * @param parameterLine such as `n:int=3 name:string`; parameters are parted by blanks or commas
 */
export function bareBody(body: string, parameterLine: string, name: string, firstLine: number): BareBody {
  const written = wholeText(body, firstLine, name);
  const { program, imports, errors } = parseSource(body);
  const warnings: string[] = [];
  const last = program.body.at(-1);
  if (!errors.some(isReturnOutside) && last?.type === "ExpressionStatement") {
    warnings.push(`${name} returns nothing: its body has no return statement.`);
  }
  const head = `export default async function ${isBindable(name) ? name : "udf"}(${readParameterLine(parameterLine, name)}) {`;
  const lastImport = imports.at(-1);
  const exporting = program.body.find(({ type }) => type.startsWith("Export"));
  if (exporting) throw syntaxErrorAt("A body that returns cannot export as well", exporting.start, written);
  if (!lastImport) {
    const source = `${head}\n${body}\n}\n`;
    const start = head.length + 1;
    const author = { ...written, text: source, start, end: start + body.length };
    return { source, firstLine: firstLine - 1, author, warnings };
  }
  const stray = program.body.find(({ type, start }) => type !== "ImportDeclaration" && start < lastImport.start);
  if (stray) throw syntaxErrorAt("Imports go to the top, before the body's first statement", lastImport.start, written);
  const source = `${body.slice(0, lastImport.end)} ${head}${body.slice(lastImport.end)}\n}\n`;
  return { source, firstLine, author: { ...wholeText(source, firstLine, name), end: source.length - 3 }, warnings };
}

/** The magic line's parameters as TypeScript writes them: `n: int = 3, name: string`. */
function readParameterLine(line: string, udfName: string): string {
  const isList = (text: string): boolean => parseSource(`(async (${text}) => {})`).errors.length === 0;
  if (isList(line)) return line.trim();
  const listed = splitOutsideBrackets(line).join(", ");
  if (isList(listed)) return listed;
  throw new UdfSyntaxError(
    `${udfName}: the parameters on the magic's line cannot be read: ${line.trim()}\n` +
      "Write them as name:type=default, parted by blanks, such as n:int=3 name:string",
    { udfName },
  );
}

/** Words of a line; blanks and commas inside quotes and brackets do not part them. */
function splitOutsideBrackets(line: string): string[] {
  const words: string[] = [];
  let [word, depth, quote] = ["", 0, ""];
  for (const [index, letter] of [...line].entries()) {
    if (quote) {
      if (letter === quote && line[index - 1] !== "\\") quote = "";
    } else if (/["'`]/.test(letter)) quote = letter;
    else if (/[([{<]/.test(letter)) depth++;
    else if (/[)\]}>]/.test(letter)) depth--;
    if (!quote && depth === 0 && /[\s,]/.test(letter)) {
      if (word) words.push(word);
      word = "";
    } else word += letter;
  }
  return word ? [...words, word] : words;
}
