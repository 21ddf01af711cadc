import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

let previous: string | undefined;

export const cd: Magic = {
  name: "cd",
  kinds: ["line"],
  summary: "Changes the working folder.",
  usage: `%cd
%cd FOLDER
%cd -

Changes the session's working folder, to the home folder without one, and to the one before with -; prints where it is then.
Imports stay relative to the notebook's folder.`,
  async run({ line }, session) {
    const { homedir } = await import("node:os");
    const { join } = await import("node:path");
    const path = line.replace(/^(["'])(.*)\1$/s, "$2");
    if (path === "-" && previous === undefined) throw new MagicError("%cd -: there is no folder before this one.");
    const here = process.cwd();
    try {
      process.chdir(
        path === "-" ? previous! : path === "" ? homedir() : path.replace(/^~(?=$|[/\\])/, () => join(homedir())),
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === "ENOENT"
          ? "there is no such folder"
          : code === "ENOTDIR"
            ? "it is not a folder"
            : (error as Error).message;
      throw new MagicError(`%cd ${line}: ${why}.`);
    }
    previous = here;
    session.print(`${process.cwd()}\n`);
  },
};
