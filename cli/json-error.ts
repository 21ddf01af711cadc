// oxlint-disable no-control-regex -- JSON forbids control characters bare in strings (RFC 8259, section 7).
/** Where a text stops being JSON: 1-based line and column, and what stands there. */
export interface JsonErrorPlace {
  line: number;
  column: number;
  found: string;
}

const space = /[ \t\r\n]*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const scalar = new RegExp(`${string.source}|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null`, "y");

/**
 * Finds the first place at which a text that JSON.parse refused stops being JSON (V8's own messages often name
 * none).
 */
export function jsonErrorPlace(text: string): JsonErrorPlace {
  const at = firstErrorOffset(text);
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  if (at >= text.length) return { line, column, found: "the end of the file" };
  return { line, column, found: JSON.stringify(text.slice(at, at + 24).split("\n", 1)[0]) };
}

function firstErrorOffset(text: string): number {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const next = (character: string): boolean => {
    take(space);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  /** The closing brackets still owed, innermost last. */
  const open: ("}" | "]")[] = [];
  const key = (): boolean => {
    take(space);
    return take(string) && next(":");
  };

  for (;;) {
    // A value must stand here.
    if (next("{")) {
      if (!next("}")) {
        open.push("}");
        if (!key()) return at;
        continue;
      }
    } else if (next("[")) {
      if (!next("]")) {
        open.push("]");
        continue;
      }
    } else if (!take(scalar)) {
      return at;
    }
    // A value has ended: close what closes, go on after a comma.
    for (;;) {
      const owed = open.at(-1);
      if (owed === undefined) {
        take(space);
        return at;
      }
      if (next(owed)) {
        open.pop();
        continue;
      }
      if (!next(",") || (owed === "}" && !key())) return at;
      break;
    }
  }
}
