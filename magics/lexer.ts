/**
 * Where a line of a cell stands: the little that the magic splitter must know of TypeScript's lexical grammar.
 * Cells with magics in them are not TypeScript yet, so no parser can be asked.
 */

export interface LineState {
  /** Inside a template literal, a block comment: the line belongs to text. */
  inText: boolean;
  /** Open brackets at the start of the line, outermost first: `(`, `[`, `{`, or `${`. */
  brackets: string[];
  /** A bracket was closed that was not open, or not that one: no further line can mend it. */
  mismatched: boolean;
  /** The last significant character before the line; empty at the start. */
  previous: string;
}

const closers: Record<string, string> = { "(": ")", "[": "]", "{": "}", "${": "}" };

/** Characters after which a `/` begins a regular expression rather than a division. */
const beforeRegex = /[=([{,;:!&|?+\-*%~^<>]$|^$/;
const keywordBeforeRegex =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof)$/;

/** A scanner that is fed a cell line by line and says how each line begins. */
export class Lexer {
  #brackets: string[] = [];
  #mode: "code" | "template" | "comment" = "code";
  #seen = "";
  #mismatched = false;

  state(): LineState {
    return {
      inText: this.#mode !== "code",
      brackets: [...this.#brackets],
      mismatched: this.#mismatched,
      previous: this.#seen.trimEnd().slice(-1),
    };
  }

  /** Reads one line (without its newline) as TypeScript. */
  feed(line: string): void {
    let i = 0;
    const code = (text: string) => {
      this.#seen = (this.#seen + text).slice(-40);
    };
    while (i < line.length) {
      const ch = line[i]!;
      if (this.#mode === "comment") {
        const end = line.indexOf("*/", i);
        if (end < 0) return;
        this.#mode = "code";
        i = end + 2;
      } else if (this.#mode === "template") {
        if (ch === "\\") i += 2;
        else if (ch === "`") {
          this.#mode = "code";
          code("`");
          i++;
        } else if (line.startsWith("${", i)) {
          this.#brackets.push("${");
          this.#mode = "code";
          this.#seen = "";
          i += 2;
        } else i++;
      } else if (line.startsWith("//", i)) {
        break;
      } else if (line.startsWith("/*", i)) {
        this.#mode = "comment";
        i += 2;
      } else if (ch === "`") {
        this.#mode = "template";
        i++;
      } else if (ch === '"' || ch === "'") {
        i = endOfString(line, i);
        code(ch);
      } else if (ch === "/" && this.#regexMayStart()) {
        i = endOfRegex(line, i);
        code("/x");
      } else {
        if (ch === "(" || ch === "[" || ch === "{") this.#brackets.push(ch);
        else if (ch === ")" || ch === "]" || ch === "}") {
          const open = this.#brackets.pop();
          if (open === "${") this.#mode = "template";
          if (!open || closers[open] !== ch) this.#mismatched = true;
        }
        code(ch);
        i++;
      }
    }
    if (this.#mode === "code" && !/\s$/.test(this.#seen)) this.#seen += "\n";
  }

  #regexMayStart(): boolean {
    const before = this.#seen.trimEnd();
    return beforeRegex.test(before) || keywordBeforeRegex.test(before);
  }
}

function endOfString(line: string, start: number): number {
  const quote = line[start];
  for (let i = start + 1; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (line[i] === quote) return i + 1;
  }
  return line.length;
}

function endOfRegex(line: string, start: number): number {
  let inClass = false;
  for (let i = start + 1; i < line.length; i++) {
    const ch = line[i];
    if (ch === "\\") i++;
    else if (ch === "[") inClass = true;
    else if (ch === "]") inClass = false;
    else if (ch === "/" && !inClass) return i + 1;
  }
  return line.length;
}
