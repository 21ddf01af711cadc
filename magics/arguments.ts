import { nearestName } from "../fused/nearest-name.ts";
import { MagicError } from "./magic.ts";

/** Flags of a magic by name without dashes: what stands for the value in messages, or true for a flag without one. */
export type FlagSpec = Record<string, string | true>;

export interface MagicArguments {
  /** Value of each flag given, as written; true for those that take none. */
  flags: Record<string, string | true>;
  /** The rest of the line, as written. */
  rest: string;
}

/**
 * Takes the flags out of a magic's line: `--name value`, `--name=value`, `--name`. They may stand anywhere outside
 * brackets and quotes.
 * @param magic name with its percent signs, for messages
 * @throws MagicError for a flag that the magic does not have (naming the nearest) or that lacks its value
 */
export function readFlags(magic: string, line: string, spec: FlagSpec): MagicArguments {
  const flags: MagicArguments["flags"] = {};
  const kept: string[] = [];
  const words = splitWords(line);
  for (let i = 0; i < words.length; i++) {
    const flag = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(words[i]!);
    if (!flag) {
      kept.push(words[i]!);
      continue;
    }
    const name = flag[1]!.replaceAll("_", "-");
    const takes = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (takes === undefined) throw unknownFlag(magic, name, spec);
    if (takes === true) {
      if (flag[2] !== undefined) throw new MagicError(`${magic}: --${name} takes no value.`);
      flags[name] = true;
      continue;
    }
    const value = flag[2] ?? words[++i];
    if (value === undefined || value === "")
      throw new MagicError(`${magic}: --${name} needs a value: --${name} ${takes}`);
    flags[name] = unquote(value);
  }
  return { flags, rest: kept.join(" ") };
}

/** `p=v` words of a text as texts by name, and the other words. */
export function readAssignments(text: string): { words: string[]; values: Record<string, string> } {
  const words: string[] = [];
  const values: Record<string, string> = {};
  for (const word of splitWords(text)) {
    const assignment = /^([\p{L}_$][\p{L}\p{N}_$]*)=(?!=)(.*)$/su.exec(word);
    if (assignment) values[assignment[1]!] = unquote(assignment[2]!);
    else words.push(unquote(word));
  }
  return { words, values };
}

/** Splits at white space outside brackets and quotes. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const ch = text[i]!;
    if (quote === "" && depth === 0 && /\s/.test(ch)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    word += ch;
    if (quote !== "") {
      if (ch === "\\") word += text[++i] ?? "";
      else if (ch === quote) quote = "";
    } else if (ch === '"' || ch === "'" || ch === "`") quote = ch;
    else if ("([{".includes(ch)) depth++;
    else if (")]}".includes(ch)) depth = Math.max(0, depth - 1);
  }
  return word === "" ? words : [...words, word];
}

/** A word without the quotes around it. */
export function unquote(word: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(word);
  return quoted ? quoted[2]!.replace(/\\(["'\\])/g, "$1") : word;
}

function unknownFlag(magic: string, name: string, spec: FlagSpec): MagicError {
  const known = Object.keys(spec);
  const nearest = nearestName(name, known);
  const hint = nearest
    ? `Did you mean --${nearest}?`
    : known.length
      ? `It has ${known.map((each) => `--${each}`).join(", ")}.`
      : "It has none.";
  return new MagicError(`${magic} has no flag --${name}. ${hint}`);
}
