/** A class whose constructor has no parameters, and native code, tell none. */
const none = "";
const longest = 200;

/** The parameters of a function, or of a class's constructor, as written: ` (a, b = 2)`; empty where there are none to tell. */
export function parameterList(fn: object): string {
  let text: string;
  try {
    text = Function.prototype.toString.call(fn).slice(0, 20_000);
  } catch {
    return none;
  }
  if (text.endsWith("{ [native code] }")) return none;
  if (/^class\b/.test(text)) {
    const constructor = /\bconstructor\s*\(/.exec(text);
    return constructor ? balanced(text, constructor.index + constructor[0].length - 1) : none;
  }
  const arrow = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(text);
  return arrow ? ` (${arrow[1]})` : balanced(text, text.indexOf("("));
}

/** From an opening parenthesis to its partner, on one line. */
function balanced(text: string, start: number): string {
  if (start < 0) return none;
  let depth = 0;
  let quote = "";
  for (let i = start; i < text.length; i++) {
    const ch = text[i]!;
    if (quote !== "") {
      if (ch === "\\") i++;
      else if (ch === quote) quote = "";
    } else if (`"'\``.includes(ch)) quote = ch;
    else if ("([{".includes(ch)) depth++;
    else if (")]}".includes(ch) && --depth === 0) {
      const list = text
        .slice(start, i + 1)
        .replace(/\s+/g, " ")
        .replace(/ ([,)])/g, "$1");
      return ` ${list.length > longest ? `${list.slice(0, longest)}…` : list}`;
    }
  }
  return none;
}
