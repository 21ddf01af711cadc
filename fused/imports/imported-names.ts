import type { UdfFrame } from "../../engine/udf-frame.ts";
import { parseSource } from "../source/parse-source.ts";

/** An import of a module by a literal name, and where the literal stands in the text, quotes included. */
export interface ImportOf {
  name: string;
  start: number;
  end: number;
}

const known = new WeakMap<UdfFrame, string[]>();

/** What a UDF and its header modules import by name, without imports of types. */
export function importedNames(frame: UdfFrame): string[] {
  let names = known.get(frame);
  if (!names) {
    const sources = [frame.carrier === "inline" ? `(${frame.source}\n)` : frame.source];
    sources.push(...frame.headers.map(({ source }) => source));
    const importing = sources.filter((source) => /\bimport\b|\bfrom\b/.test(source));
    names = [...new Set(importing.flatMap(importsIn).map(({ name }) => name))];
    known.set(frame, names);
  }
  return names;
}

/** The imports of a TypeScript module: static ones, exports from, and `import("name")`; those of types do not count. */
export function importsIn(source: string): ImportOf[] {
  return collect(parseSource(source).program);
}

function collect(node: unknown): ImportOf[] {
  if (Array.isArray(node)) return node.flatMap(collect);
  if (typeof node !== "object" || node === null) return [];
  const { type, source, importKind, exportKind } = node as Record<string, unknown>;
  const isImport = /^(Import(Declaration|Expression)|Export(All|Named)Declaration)$/.test(String(type));
  const literal = source as { value?: unknown; start: number; end: number } | null | undefined;
  const own =
    isImport && typeof literal?.value === "string" && importKind !== "type" && exportKind !== "type"
      ? [{ name: literal.value, start: literal.start, end: literal.end }]
      : [];
  return [...own, ...Object.values(node).flatMap(collect)];
}
