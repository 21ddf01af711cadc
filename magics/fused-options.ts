import { inspect } from "node:util";
import { getOption, options, setOption } from "../fused/options.ts";
import { optionPaths } from "../fused/options-definitions.ts";
import { splitWords } from "./arguments.ts";
import type { MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";

/** `%fused options`: lists, shows, sets, saves and resets options. @throws OptionError for a name or value that is none */
export function fusedOptions(line: string, session: MagicSession): unknown {
  const words: string[] = [];
  for (const each of splitWords(line)) {
    const [, name, text] = /^([\w.]+)=(.*)$/s.exec(each) ?? [];
    if (name === undefined) words.push(each);
    else {
      setOption(name, readValue(text!));
      session.print(`${name} = ${inspect(getOption(name))}\n`);
    }
  }
  const [word, ...rest] = words;
  if (word === undefined) {
    if (line.trim() === "") session.print(`${options.toString()}\n`);
    return undefined;
  }
  if (word === "save") {
    session.print(`Saved in ${options.save()}\n`);
    return undefined;
  }
  if (word === "reset") {
    if (rest.length === 0) options.reset();
    for (const name of rest) options.reset(name);
    return undefined;
  }
  if (rest.length > 0)
    throw new MagicError(`%fused options: set one with name=value, without spaces: ${word}=${rest.at(-1)}.`);
  const value = getOption(word);
  session.print(`${word} = ${inspect(value)}\n`);
  return value;
}

/** Names for completion. */
export function optionWords(): string[] {
  return ["save", "reset", ...optionPaths];
}

/** JSON where the text is JSON (numbers, booleans, null), the text itself otherwise. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
