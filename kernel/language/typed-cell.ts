import { moduleFunction } from "../../fused/source/module-function.ts";
import { parseSource } from "../../fused/source/parse-source.ts";
import { parseModuleUdf } from "../../fused/source/parse-udf.ts";
import { splitWords } from "../../magics/arguments.ts";
import { findMagic } from "../../magics/registry.ts";
import { findCellMagic, splitCell } from "../../magics/split.ts";
import { readDeclarations, type Declaration } from "./declarations.ts";

/** The TypeScript of a cell, line for line where the author wrote it. */
export interface TypedCell {
  /** Line n of this is line n of the cell. */
  text: string;
  lang: "ts" | "tsx";
  declarations: Declaration[];
  /** Names that the text exports itself. */
  exported: Set<string>;
  /** A `%%udf` cell: names of the notebook do not exist in it. */
  udf?: TypedUdf;
}

export interface TypedUdf {
  name: string;
  /** A top-level name of the text that is the UDF's function. */
  entry: string;
  style: "positional" | "object";
  parameters: string[];
  description: string | undefined;
}

/** Reads a cell that is about to run; undefined where it has no TypeScript in it, or none that parses. */
export function readCell(source: string): TypedCell | undefined {
  const magic = findCellMagic(source);
  if (!magic) return plainCell(splitCell(source));
  const { name, line, bodyStart } = magic;
  const above = source.slice(0, bodyStart).replace(/[^\n]+/g, "");
  const body = source.slice(bodyStart);
  if (name === "udf") return udfCell(line, body, above);
  if (findMagic(name)?.bodyIsCode) return plainCell(above + splitCell(body));
  const declared = findMagic(name)?.declares?.(line);
  return declared === undefined ? undefined : plainCell(`var ${declared}: any;`);
}

/**
 * Reads a cell that is being edited, whose code need not parse.
 * @param cursor UTF-16 units from the start; the line it stands on may be anything
 * @returns undefined where no TypeScript stands at the cursor
 */
export function readEditedCell(source: string, cursor: number): TypedCell | undefined {
  const { above: aboveCursor, line: current } = aroundLine(source, cursor);
  const magic = findCellMagic(source);
  if (magic && cursor < magic.bodyStart) return undefined;
  if (magic?.name === "udf") return editedUdf(magic.line, source, magic.bodyStart, cursor);
  if (magic && !findMagic(magic.name)?.bodyIsCode) return undefined;
  const head = magic ? source.slice(0, magic.bodyStart).replace(/[^\n]/g, " ") : "";
  const body = (text: string): string => head + splitCell(magic ? text.slice(magic.bodyStart) : text);
  const code = codeOfMagicLine(current);
  if (code === undefined) return undefined;
  const text = withLine(body(source), aboveCursor, code);
  const whole = readDeclarations(text) ?? readDeclarations(withLine(text, aboveCursor, ""));
  return {
    text,
    lang: whole?.lang ?? (/<\/|\/>/.test(text) ? "tsx" : "ts"),
    declarations: whole?.found ?? guessedNames(text),
    exported: whole?.exported ?? new Set(),
  };
}

function plainCell(text: string): TypedCell | undefined {
  const read = readDeclarations(text);
  return read && { text, lang: read.lang, declarations: read.found, exported: read.exported };
}

function udfCell(line: string, body: string, above: string): TypedCell | undefined {
  const name = findMagic("udf")?.declares?.(line);
  if (name === undefined) return undefined;
  try {
    // Parameters of a bare body are the words after the name that are no flags.
    const words = splitWords(line).filter((word) => !word.startsWith("--"));
    const parameterLine = words
      .slice(1)
      .filter((word) => word.includes(":") || word.includes("="))
      .join(" ");
    const parsed = parseModuleUdf(body, { name, parameterLine, firstLine: above.split("\n").length });
    const found = moduleFunction(parseSource(parsed.source).program, name)!;
    const { start } = found;
    const anonymous = found.name === undefined;
    // The same length, so that the rest of the line stays where it is.
    const source =
      anonymous && parsed.source.startsWith(defaultExport, start)
        ? parsed.source.slice(0, start) + namedInstead + parsed.source.slice(start + defaultExport.length)
        : parsed.source;
    const text = "\n".repeat(parsed.firstLine - 1) + source;
    const head = `${name}${parsed.signature}`;
    const { description } = parsed;
    return {
      text,
      lang: "ts",
      declarations: [{ name, kind: "udf", head, text: body, ...(description && { doc: description }) }],
      exported: new Set(),
      udf: {
        name,
        entry: found.name ?? namedInstead.split(" ")[1]!,
        style: parsed.parameters.style,
        parameters: parsed.parameters.parameters.map((each) => each.name),
        description,
      },
    };
  } catch {
    return undefined;
  }
}

const defaultExport = "export default ";
const namedInstead = "const __main = ";

function editedUdf(line: string, source: string, bodyStart: number, cursor: number): TypedCell {
  const above = source.slice(0, bodyStart).replace(/[^\n]+/g, "");
  const at = aroundLine(source, cursor);
  const blanked = at.above + " ".repeat(at.line.length) + at.below;
  const read = udfCell(line, source.slice(bodyStart), above) ?? udfCell(line, blanked.slice(bodyStart), above);
  const text = withLine(read?.text ?? above + source.slice(bodyStart), at.above, at.line);
  const udf = { name: "", entry: "", style: "positional" as const, parameters: [], description: undefined };
  return { text, lang: "ts", declarations: [], exported: new Set(), udf: read?.udf ?? udf };
}

/** A line's own code: blanks stand for a magic that takes code (`%time`); undefined for any other magic or command. */
function codeOfMagicLine(line: string): string | undefined {
  const magic = /^(\s*(?:[^=%]*[^=!<>%]=\s*)?%)([A-Za-z_][\w.-]*)\s/.exec(line);
  if (!magic || !findMagic(magic[2]!)) return line;
  return findMagic(magic[2]!)!.bodyIsCode ? " ".repeat(magic[0].length) + line.slice(magic[0].length) : undefined;
}

interface AroundLine {
  above: string;
  line: string;
  below: string;
}

function aroundLine(text: string, position: number): AroundLine {
  const start = text.lastIndexOf("\n", position - 1) + 1;
  const end = text.indexOf("\n", position);
  const stop = end < 0 ? text.length : end;
  return { above: text.slice(0, start), line: text.slice(start, stop), below: text.slice(stop) };
}

/** The text with another line in the place of the one that stands below `above`'s lines. */
function withLine(text: string, above: string, line: string): string {
  const lines = text.split("\n");
  lines[above.split("\n").length - 1] = line;
  return lines.join("\n");
}

/** Names that a cell seems to declare, where it does not parse: those must not be imported into it as well. */
function guessedNames(text: string): Declaration[] {
  const names = new Set<string>();
  const plain =
    /\b(?:const|let|var|using|function\*?|class|enum|interface|type|namespace)\s+([\p{L}_$][\p{L}\p{N}_$]*)/gu;
  for (const [, name] of text.matchAll(plain)) names.add(name!);
  for (const [, pattern] of text.matchAll(
    /\b(?:const|let|var)\s*([[{][^=;]*[\]}])\s*=|\bimport\s+([^"';]*?)\s+from\b/g,
  )) {
    for (const [name] of (pattern ?? "").matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) names.add(name);
  }
  return [...names].map((name) => ({ name, kind: "instance", head: name, text: name }));
}
