import type { Magic } from "./magic.ts";
import { allMagics } from "./registry.ts";

export const lsmagic: Magic = {
  name: "lsmagic",
  kinds: ["line"],
  summary: "Lists the magics.",
  usage: "%lsmagic\n\nLists all magics with one line each. %NAME --help, or %NAME?, tells more of one.",
  run(_call, session) {
    const rows = allMagics().flatMap(({ name, aliases, kinds, summary }) => {
      const signs = kinds.map((kind) => (kind === "cell" ? "%%" : "%") + name).join(", ");
      const also = aliases?.length ? ` (also ${aliases.map((alias) => `%${alias}`).join(", ")})` : "";
      return [[signs, summary + also] as const];
    });
    const width = Math.max(...rows.map(([signs]) => signs.length));
    const shell = ["!command".padEnd(width), "Runs a command in your shell; lines = !command keeps its output."];
    const help = ["name?".padEnd(width), "Help on a name; name?? shows its source."];
    session.print(
      [...rows.map(([signs, text]) => [signs.padEnd(width), text]), shell, help]
        .map((row) => row.join("  "))
        .join("\n") + "\n",
    );
  },
};
