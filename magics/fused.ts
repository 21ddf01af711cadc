import { nearestName } from "../fused/nearest-name.ts";
import { splitWords } from "./arguments.ts";
import { lookupExpression } from "./find-udf.ts";
import { fusedOptions, optionWords } from "./fused-options.ts";
import { fusedCell, fusedCellDeclares, runFusedCell } from "./fused-cell.ts";
import type { Magic, MagicCall, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";
import { udf } from "./udf.ts";

interface Subcommand {
  run(line: string, call: MagicCall, session: MagicSession): unknown;
  /** Words that may follow, for completion. */
  words?(): string[];
}

/** What `%fused` can do, by the first word. */
const subcommands: Record<string, Subcommand> = {
  options: { run: (line, _call, session) => fusedOptions(line, session), words: optionWords },
  cache: {
    run: async (...values) => (await import("./fused-cache.ts")).fusedCache(...values),
    words: () => ["ls", "clear", "--older-than", "--udf"],
  },
  login: { run: async (line, _call, session) => (await import("./login.ts")).logIn("%fused login", line, session) },
  logout: { run: async (_line, _call, session) => (await import("./logout.ts")).logOut(session) },
  whoami: { run: async (_line, { assigned }, session) => (await import("./whoami.ts")).whoAmI(session, assigned) },
  files: {
    run: async (...values) => (await import("./fused-service.ts")).fusedFiles(...values),
    words: () => ["ls", "put", "get", "rm", "sign"],
  },
  token: {
    run: async (...values) => (await import("./fused-service.ts")).fusedToken(...values),
    words: () => ["create", "list", "revoke"],
  },
  url: {
    run: async (...values) => (await import("./fused-service.ts")).fusedUrl(...values),
    words: () => ["--tile", "--format"],
  },
  packages: {
    run: async (_line, { assigned }, session) => {
      const names = (await import("./fused-packages.ts")).fusedPackages(session);
      return assigned ? names : undefined;
    },
  },
};

export const fused: Magic = {
  name: "fused",
  kinds: ["line", "cell"],
  summary: "Options, the cache and the packages of UDFs; %%fused is %%udf.",
  usage: `%fused options [NAME | NAME=VALUE …]     list, show or set options
%fused options save | reset [NAME]       write them to the settings file; back to the defaults
%fused cache ls [--udf NAME]             what is kept: results of UDFs, values of cached functions
%fused cache clear [--older-than 7d] [--udf NAME]
%fused packages                          what a UDF may import
%fused login | logout | whoami           the same as %login, %logout, %whoami
%fused files [ls PATH | put FILE PATH | get PATH [FILE] | rm PATH | sign PATH]     files of the service, fd://
%fused token [list | create UDF | revoke TOKEN]    what lets others run a saved UDF
%fused url VARIABLE [--tile] [--format F]          the address at which a UDF answers; saves and shares it first

%%fused [run] NAME …                     the same as %%udf; with run, as %%udf NAME --run
%%fused map NAME …                       the same as %%map_udf: the cell is the list
%%fused cache NAME [--cache-max-age AGE] the cell is a function, whose values are kept`,
  expressions(line): Record<string, string> {
    const [first, ...words] = splitWords(line);
    if (first === "url") return { udf: lookupExpression(words.find((word) => !word.startsWith("--"))) };
    const cell = fusedCell(line);
    return ("magic" in cell && cell.magic !== udf && cell.magic.expressions?.(cell.line)) || {};
  },
  declares: (line, kind) => (kind === "line" ? undefined : fusedCellDeclares(line)),
  completions: (before) =>
    before.length === 0 ? Object.keys(subcommands) : (subcommands[before[0]!]?.words?.() ?? []),
  async run(call, session) {
    if (call.kind === "cell") return runFusedCell(call, session);
    const [name] = splitWords(call.line);
    const known = Object.keys(subcommands);
    if (name === undefined)
      throw new MagicError(`%fused needs to know what: ${known.join(", ")}. %fused --help tells more.`);
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    if (name === "service") {
      throw new MagicError(
        "%fused service: a service runs in a terminal of its own, npx fused-kernel service. Then %fused options baseUrl=… and %login.",
      );
    }
    if (name === "secrets") {
      throw new MagicError(
        '%fused secrets: a value on this line would stay in the notebook. On the service: await fused.api.secrets.set("NAME", value), ' +
          "list and delete; for runs on this machine: fused.secrets.set.",
      );
    }
    if (!subcommand) {
      const nearest = nearestName(name, known);
      throw new MagicError(
        `There is no %fused ${name}. ${nearest ? `Did you mean %fused ${nearest}?` : `There are ${known.join(", ")}.`}`,
      );
    }
    await openSdk();
    return subcommand.run(call.line.slice(call.line.indexOf(name) + name.length).trim(), call, session);
  },
};
