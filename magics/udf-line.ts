import type { Udf } from "../fused/udf.ts";
import type { UdfState } from "../fused/udf-state.ts";
import { udfState } from "../fused/udf-state.ts";
import { readFlags, splitWords, unquote } from "./arguments.ts";
import type { FlagSpec } from "./arguments.ts";
import { findUdf, lookupExpression, notebookUdfs } from "./find-udf.ts";
import type { MagicCall, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";
import { nearestName } from "../fused/nearest-name.ts";

/** What `%udf --help` prints of the line magic. */
export const udfLineUsage = `%udf load SOURCE [as NAME] [--entrypoint FUNCTION]
    loads a UDF from a folder, file, zip, GitHub or gist; NAME, or the source's last part, is its variable
%udf show NAME                      what it is: signature, parameters, code, README
%udf code NAME                      puts its code into the next cell
%udf save NAME [PLACE] [--overwrite]
    saves it as a folder, as PLACE.zip, or as a gist (PLACE is gist)
%udf ls [--whose public]            the notebook's UDFs, or those of the public catalogue
%udf check NAME                     what it lacks where it runs, what it imports, its parameters`;

type Use = (words: string[], flags: Record<string, string | true>, call: MagicCall, session: MagicSession) => unknown;

const uses: Record<string, { flags: FlagSpec; most: number; run: Use }> = {
  load: { flags: { entrypoint: "FUNCTION" }, most: 3, run: load },
  show: { flags: {}, most: 1, run: show },
  code: { flags: {}, most: 1, run: code },
  save: { flags: { overwrite: true }, most: 2, run: save },
  ls: { flags: { whose: "public" }, most: 0, run: list },
  check: { flags: {}, most: 1, run: check },
};

/** Runs `%udf USE …`. */
export async function runUdfLine(call: MagicCall, session: MagicSession): Promise<unknown> {
  const [name] = splitWords(call.line);
  const use = name !== undefined && Object.hasOwn(uses, name) ? uses[name] : undefined;
  if (!use) {
    const nearest = name === undefined ? undefined : nearestName(name, Object.keys(uses));
    const what = name === undefined ? "%udf: what is it to do?" : `%udf has no ${name}.`;
    const hint = nearest ? `Did you mean %udf ${nearest}?` : `It has ${Object.keys(uses).join(", ")}.`;
    throw new MagicError(`${what} ${hint} To define a UDF, begin the cell with %%udf NAME.`);
  }
  const { flags, rest } = readFlags(`%udf ${name}`, call.line.slice(name!.length), use.flags);
  const words = splitWords(rest).map(unquote);
  if (words.length > use.most) {
    throw new MagicError(`%udf ${name}: ${words[use.most]} is too much. %udf --help shows how it is written.`);
  }
  return use.run(words, flags, call, session);
}

/** The UDF that the line speaks of, as an expression of the notebook. */
export function udfLineExpressions(line: string): Record<string, string> {
  const [use, name] = splitWords(line).filter((word) => !word.startsWith("--"));
  return use !== undefined && ["show", "code", "save", "check"].includes(use) ? { udf: lookupExpression(name) } : {};
}

/** The variable that `%udf load` binds: the one after `as`, else the source's last part where that can be a name. */
export function udfLineDeclares(line: string): string | undefined {
  const words = splitWords(line);
  if (words[0] !== "load") return undefined;
  const [source, as, name] = words
    .slice(1)
    .filter((word, i, all) => !word.startsWith("--") && all[i - 1] !== "--entrypoint");
  if (source === undefined || (as !== undefined && as !== "as")) return undefined;
  const last = /([^\\/]+?)(\.(ts|mts|js|mjs|py|zip))?[\\/]*$/i.exec(
    unquote(source).replace(/([\\/]meta\.json|[?#].*)$/, ""),
  )?.[1];
  const variable = name ?? last?.replace(/^UDF_/, "").replace(/[^\p{L}\p{N}_$]+/gu, "_");
  return variable !== undefined && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(variable) ? variable : undefined;
}

async function load(
  [source, as, name]: string[],
  flags: Record<string, string | true>,
  call: MagicCall,
  session: MagicSession,
) {
  if (source === undefined) throw new MagicError("%udf load: from where? Give a path, an address of GitHub or a gist.");
  if (as !== undefined && (as !== "as" || name === undefined)) {
    throw new MagicError(
      `%udf load: ${as} is too much: %udf load SOURCE as NAME. A path with blanks stands in quotes.`,
    );
  }
  await openSdk();
  const { load: loadUdf } = await import("../fused/load/load.ts");
  const loaded = await loadUdf(
    source,
    typeof flags["entrypoint"] === "string" ? { entrypoint: flags["entrypoint"] } : {},
  );
  const variable = udfLineDeclares(call.line);
  const { signature } = await import("../fused/udf-display.ts");
  if (variable !== undefined)
    session.print(`${variable}: ${signature(udfState(loaded)!)} in ${languageName(loaded)}\n`);
  else if (!call.assigned) session.warn("The UDF has no variable: write %udf load SOURCE as NAME.\n");
  return loaded;
}

async function show([name]: string[], _flags: unknown, { values, assigned }: MagicCall, session: MagicSession) {
  const udf = await findUdf("%udf show", name, values["udf"], session);
  const { udfBundle } = await import("../fused/udf-display.ts");
  session.display({ data: udfBundle(udfState(udf)!), metadata: {} });
  if (udf.readme !== undefined)
    session.display({ data: { "text/markdown": udf.readme, "text/plain": udf.readme }, metadata: {} });
  return assigned ? udf : undefined;
}

async function code([name]: string[], _flags: unknown, { values }: MagicCall, session: MagicSession): Promise<void> {
  const udf = await findUdf("%udf code", name, values["udf"], session);
  const { cellText } = await import("../fused/cell-text.ts");
  session.setNextInput(cellText(udfState(udf)!));
}

async function save(
  [name, place]: string[],
  flags: Record<string, string | true>,
  { values, assigned }: MagicCall,
  session: MagicSession,
) {
  const udf = await findUdf("%udf save", name, values["udf"], session);
  const overwrite = flags["overwrite"] === true;
  const saved = await saveTo(udf, place, overwrite).catch((error: Error) => {
    throw new MagicError(`%udf save: ${error.message.replace("Pass { overwrite: true }", "Add --overwrite")}`);
  });
  session.print(`${udf.name} is saved: ${saved}\n`);
  return assigned ? saved : undefined;
}

function saveTo(udf: Udf, place: string | undefined, overwrite: boolean): Promise<string | undefined> {
  if (place === "gist") return udf.toGist();
  if (place === "fused")
    return udf.toFused({ overwrite }).then(({ owner, name, version }) => `${owner}/${name}, version ${version}`);
  return place !== undefined && /\.zip$/i.test(place)
    ? udf.toFile(place, { overwrite })
    : udf.toDirectory(place, { overwrite });
}

async function list(
  _words: string[],
  { whose }: Record<string, string | true>,
  { assigned }: MagicCall,
  session: MagicSession,
) {
  if (whose !== undefined && whose !== "public") {
    await openSdk();
    const { api } = await import("../fused/api/index.ts");
    const saved = await api.getUdfs({ n: null, whose: whose as "self" });
    const rows = Object.values(saved).map(
      ({ name, owner_email, version }) => `${name}  ${owner_email}  version ${version}\n`,
    );
    session.print(rows.join("") || "Nothing is saved.\n");
    return assigned ? Object.keys(saved) : undefined;
  }
  if (whose === "public") {
    await openSdk();
    const names = await (await import("../fused/load/catalogue.ts")).publicNames();
    session.print(names.map((name) => `UDF_${name}\n`).join(""));
    return assigned ? names : undefined;
  }
  const udfs = await notebookUdfs(session);
  const { signature } = await import("../fused/udf-display.ts");
  const rows = [...udfs].map(([name, udf]) => [name, signature(udfState(udf)!), languageName(udf)]);
  const text = rows.length > 0 ? table(rows) : "No UDF is defined. %%udf NAME defines one, %udf load SOURCE loads one.";
  session.print(`${text}\n`);
  return assigned ? [...udfs.keys()] : undefined;
}

async function check([name]: string[], _flags: unknown, { values, assigned }: MagicCall, session: MagicSession) {
  const udf = await findUdf("%udf check", name, values["udf"], session);
  const state = udfState(udf)!;
  const lines = state.language === "python" ? ["Python code is not checked."] : await problems(state);
  const { parameterRows } = await import("../fused/udf-display.ts");
  const rows = parameterRows(state).map(([parameter, type, value]) => [`  ${parameter}`, type, value]);
  session.print(
    `${[...lines, rows.length > 0 ? "parameters:" : "parameters: none", table(rows)].filter(Boolean).join("\n")}\n`,
  );
  return assigned ? lines : undefined;
}

async function problems(state: UdfState): Promise<string[]> {
  const [{ parseInlineUdf, parseModuleUdf }, { checkImports }, { importPlace }] = await Promise.all([
    import("../fused/source/parse-udf.ts"),
    import("../fused/run-imports.ts"),
    import("../fused/imports/module-folder.ts"),
  ]);
  const { frame } = state;
  const { name, source, carrier, entrypoint } = frame;
  const parsed =
    carrier === "inline"
      ? parseInlineUdf(source, { name })
      : parseModuleUdf(source, { name, ...(entrypoint !== "default" && { entrypoint }) });
  const imports = await checkImports(frame, importPlace(state));
  const free = parsed.freeVariables;
  return [
    free.length > 0 ? `defined outside, and not there where it runs: ${free.join(", ")}` : "nothing outside is used",
    imports.length > 0 ? "imports:" : "imports: none",
    ...imports.map((each) => `  ${each.name}  ${each.problem ?? (each.travels ? "goes along" : "is there")}`),
  ];
}

function languageName({ language }: Udf): string {
  return language === "python" ? "Python" : "TypeScript";
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
