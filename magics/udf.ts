import { readFlags, splitWords } from "./arguments.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { readRunFlags, runFlags } from "./run-flags.ts";
import { openSdk } from "./sdk.ts";
import { showAny } from "./show-any.ts";
import { runUdfLine, udfLineDeclares, udfLineExpressions, udfLineUsage } from "./udf-line.ts";

const { engine, "cache-max-age": age, files } = runFlags;
const flags = { engine, "cache-max-age": age, files, run: true } as const;

export const udf: Magic = {
  name: "udf",
  kinds: ["line", "cell"],
  summary: "Makes the cell a UDF, which runs apart from the notebook; as %udf, loads, shows, saves UDFs.",
  usage: `%%udf NAME [--cache-max-age AGE] [--engine ENGINE] [--files FOLDER] [--run]
async function NAME(bounds: fused.types.Bounds, n: int = 3) { … }

%%udf NAME n:int=3 name:string="a"
return name.repeat(n);

The cell declares one function (or a default export), beside helpers and imports; or it is a body whose parameters stand
on the magic's line. The whole cell travels to where the UDF runs, and nothing else does: names of the notebook do not
exist there. NAME becomes a UDF: await NAME({ n: 4 }), %run_tile NAME 13/2411/3079, %map NAME [1, 2, 3].

  --cache-max-age AGE   how old a kept result may be: 30s, 10m, 12h, 7d; 0 keeps none
  --engine ENGINE       where its runs go: local, or a size of the service
  --files FOLDER        let its runs read files below this folder (several: with commas between)
  --run                 run it at once with its defaults and show the value

${udfLineUsage}`,
  expressions: udfLineExpressions,
  declares: (line, kind = "cell") => (kind === "line" ? udfLineDeclares(line) : nameOf(line)),
  async run(call, session) {
    if (call.kind === "line") return runUdfLine(call, session);
    const { line, body, bodyFirstLine } = call;
    const { flags: given, rest } = readFlags("%%udf", line, flags);
    const [name, ...parameters] = splitWords(rest);
    if (name === undefined) {
      throw new MagicError("%%udf needs a name: %%udf quakes. %%udf --help tells more.");
    }
    if (nameOf(line) === undefined) {
      throw new MagicError(
        `%%udf: ${name} cannot be the name of a variable. Use letters, digits and _, a letter first.`,
      );
    }
    const { defineUdf } = await openSdk();
    const defined = defineUdf({
      name,
      cellSource: body,
      parameterLine: parameters.join(" "),
      origin: { name: session.cellName, firstLine: bodyFirstLine },
      options: readRunFlags("%%udf", given),
      warn: (text) => session.warn(`${text}\n`),
    });
    for (const problem of await missing(defined)) session.warn(`${name}: ${problem}\n`);
    if (given["run"]) {
      session.display(await showAny(await defined()));
    }
    return defined;
  },
};

/** What the UDF imports and will not have when it runs. */
async function missing(defined: unknown): Promise<string[]> {
  const [{ udfState }, { missingImports }, { importPlace }] = await Promise.all([
    import("../fused/udf-state.ts"),
    import("../fused/run-imports.ts"),
    import("../fused/imports/module-folder.ts"),
  ]);
  const state = udfState(defined);
  return state ? missingImports(state.frame, importPlace(state)) : [];
}

const reserved = new Set(
  (
    "break case catch class const continue debugger default delete do else enum export extends false finally for function " +
    "if import in instanceof new null return super switch this throw true try typeof var void while with yield let static " +
    "await implements interface package private protected public"
  ).split(" "),
);

/** The variable that the cell declares: the first word that is not a flag or a flag's value. */
function nameOf(line: string): string | undefined {
  let name: string | undefined;
  try {
    name = splitWords(readFlags("%%udf", line, flags).rest)[0];
  } catch {
    return undefined;
  }
  return name !== undefined && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && !reserved.has(name) ? name : undefined;
}
