import { splitWords } from "./arguments.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const npm: Magic = {
  name: "npm",
  kinds: ["line"],
  summary: "Runs npm in the notebook's folder, e.g. to install a package.",
  usage: `%npm install PACKAGE…
%npm COMMAND ARGUMENTS…

Runs npm in the notebook's folder with this kernel's version of Node, so that native add-ons fit. A package that has been
installed can be imported at once; one that cells have imported before keeps its old version until the kernel restarts.`,
  completions: (before) => (before.length === 0 ? ["install", "uninstall", "ls", "outdated", "update"] : []),
  async run({ line }, session) {
    const words = splitWords(line).map((word) => word.replace(/^(["'])(.*)\1$/s, "$2"));
    if (words.length === 0) throw new MagicError("%npm: what should npm do? %npm install PACKAGE");
    const { runProgram } = await import("./run-program.ts");
    const { delimiter, dirname } = await import("node:path");
    const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}` };
    // With a prefix, npm takes this folder and not one above it that has a package.json.
    const more = ["--prefix", session.folder, "--no-audit", "--no-fund", "--no-update-notifier"];
    let complaint = "";
    const ended = await runProgram(
      "npm",
      [...words, ...more],
      { cwd: session.folder, env, onWindows: "shell" },
      {
        ...session,
        warn(text) {
          complaint = (complaint + text).slice(-4000);
          session.warn(text);
        },
      },
    );
    if (ended !== "exit code 0") throw new MagicError(`%npm ${words[0]}: npm ended with ${ended}.${advice(complaint)}`);
  },
};

/** What to do next, where npm's own words end without it. */
function advice(complaint: string): string {
  const code = /^npm (?:error|ERR!) code (\w+)$/m.exec(complaint)?.[1] ?? "";
  if (code === "E404") return " The registry has no such package: look at its name and version.";
  if (!/^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ERR_SOCKET_TIMEOUT)$/.test(code)) return "";
  return (
    " It cannot reach its registry: is there a network, and a proxy to go through? %npm config get registry tells" +
    " which registry it asks, and %npm install ./FOLDER installs a package from a folder without one."
  );
}
