import { nearestName } from "../fused/nearest-name.ts";
import { splitWords } from "./arguments.ts";
import { fusedOptions, optionWords } from "./fused-options.ts";
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

%%fused [run] NAME …
…

The same as %%udf; with run, the same as %%udf NAME --run.`,
  declares: (line, kind) => (kind === "line" ? undefined : udf.declares?.(cellLine(line))),
  completions: (before) =>
    before.length === 0 ? Object.keys(subcommands) : (subcommands[before[0]!]?.words?.() ?? []),
  async run(call, session) {
    if (call.kind === "cell") return udf.run({ ...call, line: cellLine(call.line) }, session);
    const [name] = splitWords(call.line);
    const known = Object.keys(subcommands);
    if (name === undefined)
      throw new MagicError(`%fused needs to know what: ${known.join(", ")}. %fused --help tells more.`);
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
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

/** The line of `%%fused` as `%%udf` has it. */
function cellLine(line: string): string {
  const run = /^\s*run\s+(?=[^\s-])/.exec(line);
  return run ? `${line.slice(run[0].length)} --run` : line;
}
