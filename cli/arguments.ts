import { parseArgs } from "node:util";
import type { ParseArgsOptionsConfig } from "node:util";
import { nearestName } from "../fused/nearest-name.ts";

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/**
 * Parses the words behind a command.
 * @param names of the positional arguments, all of them needed
 * @throws UsageError naming the word, and the option it is nearest to
 */
export function parseArguments<const Options extends ParseArgsOptionsConfig>(
  words: string[],
  options: Options,
  names: string[],
): { values: ReturnType<typeof parse<Options>>["values"]; positionals: string[] } {
  let parsed: ReturnType<typeof parse<Options>>;
  try {
    parsed = parse(words, options);
  } catch (error) {
    throw new UsageError(explain(error as NodeJS.ErrnoException, Object.keys(options)));
  }
  const { values, positionals } = parsed;
  if (positionals.length < names.length) throw new UsageError(`${names[positionals.length]} is missing`);
  if (positionals.length > names.length) {
    const extra = positionals.slice(names.length).join(" ");
    throw new UsageError(
      `too many arguments: ${extra}${names.length === 0 ? "" : ` (only ${names.join(" ")} is taken)`}`,
    );
  }
  return { values, positionals };
}

function parse<Options extends ParseArgsOptionsConfig>(words: string[], options: Options) {
  return parseArgs({ args: words, options, allowPositionals: true, strict: true });
}

function explain(error: NodeJS.ErrnoException, known: string[]): string {
  if (error.code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const name = /'(-{1,2}[^']*)'/.exec(error.message)?.[1] ?? "";
    const near = name.startsWith("--") ? nearestName(name.slice(2), known) : undefined;
    if (near !== undefined) return `unknown option ${name}: did you mean --${near}?`;
    return `unknown option ${name}; known: ${known.map((each) => `--${each}`).join(", ")}`;
  }
  return error.message;
}
