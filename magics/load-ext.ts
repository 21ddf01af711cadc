import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const loadExt: Magic = {
  name: "load_ext",
  aliases: ["reload_ext"],
  kinds: ["line"],
  summary: "Makes the magics of a module known.",
  usage: `%load_ext FILE
%load_ext PACKAGE

Imports a module and makes its magics known: those it registers in an exported function registerMagics(register), and the
objects (or arrays of them) that are its default export. A magic has name, kinds, summary, usage and run(call, session);
magics/magic.ts of this project tells all. In a cell, fused.registerMagic(magic) does the same for one.`,
  async run({ line }, session) {
    const specifier = line.replace(/^(["'])(.*)\1$/s, "$2");
    if (specifier === "") throw new MagicError("%load_ext: which module? %load_ext ./my-magics.ts");
    // A file is meant where one is named, also without ./ before it.
    const isFile = /\.[cm]?[jt]sx?$/.test(specifier) && !/^(?:[./]|@|[a-z]+:)/i.test(specifier);
    const module = (await session.import(isFile ? `./${specifier}` : specifier)) as {
      registerMagics?: unknown;
      default?: unknown;
    };
    const names: string[] = [];
    const register = (magic: Magic): void => {
      session.register(magic);
      names.push(...magic.kinds.map((kind) => (kind === "cell" ? "%%" : "%") + magic.name));
    };
    if (typeof module.registerMagics === "function")
      await (module.registerMagics as (of: typeof register) => unknown)(register);
    else for (const magic of [module.default ?? []].flat()) register(magic as Magic);
    if (names.length === 0) {
      throw new MagicError(
        `%load_ext ${specifier}: it registers no magics. It must export registerMagics(register), or a magic as its default.`,
      );
    }
    session.print(`${names.join(", ")}\n`);
  },
};
