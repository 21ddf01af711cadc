import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const env: Magic = {
  name: "env",
  kinds: ["line"],
  summary: "Shows or changes environment variables.",
  usage: `%env
%env NAME
%env NAME=VALUE
%env del NAME

Lists the environment of the session, with the values of names that sound secret hidden; shows, sets or removes one.`,
  completions(before) {
    const names = Object.keys(process.env).sort();
    return before.length === 0 ? [...names, "del"] : before[0] === "del" ? names : [];
  },
  run({ line, assigned }, session) {
    if (line === "") {
      const names = Object.keys(process.env).sort();
      session.print(names.map((name) => `${name}=${hidden(name, process.env[name]!)}\n`).join(""));
      return;
    }
    const removed = /^del\s+(\S+)$/.exec(line)?.[1];
    if (removed !== undefined) {
      if (process.env[removed] === undefined) throw notThere(removed);
      delete process.env[removed];
      return;
    }
    const [, name, value] = /^([^\s=]+)\s*(?:(?:=|\s)\s*(.*))?$/s.exec(line) ?? [];
    if (name === undefined) throw new MagicError(`%env: write %env NAME=VALUE; what came is ${line}.`);
    if (value !== undefined) {
      process.env[name] = value.replace(/^(["'])(.*)\1$/s, "$2");
      return;
    }
    const found = process.env[name];
    if (found === undefined) throw notThere(name);
    if (assigned) return found;
    session.print(`${name}=${found}\n`);
  },
};

const notThere = (name: string): MagicError => new MagicError(`%env: ${name} is not set. %env lists what is.`);

function hidden(name: string, value: string): string {
  if (
    /key|token|secret|passw|pwd$|credential|auth|cookie|private/i.test(name) &&
    value !== "" &&
    !/^(?:PWD|OLDPWD|XAUTHORITY)$/.test(name)
  )
    return "••••••";
  // A URL may carry a password.
  return value.replace(/(\/\/[^/\s:@]*:)[^/\s@]+@/g, "$1••••••@");
}
