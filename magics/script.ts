import { splitWords } from "./arguments.ts";
import type { Magic, MagicCall, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const script: Magic = {
  name: "script",
  kinds: ["cell"],
  summary: "Gives the cell to a program's stdin.",
  usage: `%%script PROGRAM ARGUMENTS…
text

Runs the program with the rest of the cell as its input and shows what it writes: %%script python3, %%script psql shop.`,
  async run(call, session) {
    const [program, ...args] = splitWords(call.line).map((word) => word.replace(/^(["'])(.*)\1$/s, "$2"));
    if (program === undefined) throw new MagicError("%%script: which program? %%script PROGRAM");
    await feed(program, args, call, session);
  },
};

export const bash: Magic = {
  name: "bash",
  kinds: ["cell"],
  summary: "Runs the cell in bash.",
  usage: "%%bash ARGUMENTS…\ncommands\n\nRuns the rest of the cell in bash; the arguments are $1, $2, …",
  async run(call, session) {
    await feed("bash", call.line === "" ? [] : ["-s", "--", ...splitWords(call.line)], call, session);
  },
};

async function feed(program: string, args: string[], { name, body }: MagicCall, session: MagicSession): Promise<void> {
  const { runProgram } = await import("./run-program.ts");
  const ended = await runProgram(program, args, { input: body }, session);
  if (ended !== "exit code 0") throw new MagicError(`%%${name}: ${program} ended with ${ended}.`);
}
