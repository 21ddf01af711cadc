import { stableCellId } from "./notebook-check.ts";
import type { Cell, CodeCell, Notebook } from "./notebook-format.ts";

/** A parameter's value as it is written into the notebook. */
export type ParameterValue = null | boolean | number | bigint | string | unknown[] | { [key: string]: unknown };

/**
 * Reads one `-p name=value`. Values are read as papermill reads them (true, false, None or null, integers, floats, else
 * text), and beyond it: lists, objects and quoted text as JSON, and integers that a double cannot hold as bigint.
 * @throws Error where there is no `=` or the name cannot be a variable's
 */
export function parseParameter(argument: string, raw = false): [name: string, value: ParameterValue] {
  const at = argument.indexOf("=");
  if (at < 0) throw new Error(`-p ${argument}: no "=" in it; write it as name=value`);
  const name = argument.slice(0, at).trim();
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
    throw new Error(`-p ${argument}: "${name}" cannot be a variable's name`);
  }
  const text = argument.slice(at + 1);
  return [name, raw ? text : parseValue(text)];
}

function parseValue(text: string): ParameterValue {
  const word = text.trim();
  if (/^(true|false)$/i.test(word)) return word.toLowerCase() === "true";
  if (/^(null|None)$/.test(word)) return null;
  if (/^[+-]?\d+$/.test(word)) {
    const number = Number(word);
    return Number.isSafeInteger(number) ? number : BigInt(word.replace("+", ""));
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return Number(word);
  if (/^[+-]?(inf|infinity)$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(word)) return NaN;
  if (/^[[{"]/.test(word)) {
    try {
      return JSON.parse(word) as ParameterValue;
    } catch {
      return text;
    }
  }
  return text;
}

/**
 * Puts the values into a cell tagged `injected-parameters` behind the one tagged `parameters`, as papermill does;
 * an injected cell of an earlier run is replaced, and without a `parameters` cell it stands at the top.
 * @param language of the kernel: typescript, javascript or python
 * @returns notes for the user: names that the parameters cell does not declare, or that there is no such cell
 * @throws Error for a kernel of another language
 */
export async function injectParameters(
  notebook: Notebook,
  values: Map<string, ParameterValue>,
  language: string,
): Promise<string[]> {
  const writer = writers[language.toLowerCase()];
  if (!writer) throw new Error(`-p: parameters cannot be written in "${language}" yet, only in TypeScript and Python`);
  const hasTag = (tag: string) => (cell: Cell) => cell.metadata.tags?.includes(tag) ?? false;
  const notes: string[] = [];
  const declaring = notebook.cells.find(hasTag("parameters"));
  const declared = declaring ? await writer.declared(declaring.source) : undefined;
  if (!declaring) {
    notes.push('no cell is tagged "parameters": the values were put at the top of the notebook');
  }
  for (const name of values.keys()) {
    if (declared && !declared.has(name)) {
      const known = [...declared.keys()].join(", ") || "none";
      notes.push(`parameter "${name}" is not declared in the cell tagged "parameters" (declared: ${known})`);
    }
  }
  const lines = [...values].map(([name, value]) => writer.assign(name, value, declared?.get(name)));
  const source = [`${writer.comment} Parameters`, ...lines].join("\n");
  const earlier = notebook.cells.findIndex(hasTag("injected-parameters"));
  const cell: CodeCell = {
    id: stableCellId(-1, "injected-parameters"),
    cell_type: "code",
    metadata: { tags: ["injected-parameters"] },
    source,
    execution_count: null,
    outputs: [],
  };
  if (earlier >= 0) {
    cell.id = notebook.cells[earlier]!.id;
    notebook.cells.splice(earlier, 1, cell);
  } else {
    notebook.cells.splice(declaring ? notebook.cells.indexOf(declaring) + 1 : 0, 0, cell);
  }
  return notes;
}

/** How a declaration begins, to be repeated: `let`, `const` or `var`, and the type annotation with its colon. */
interface Declaration {
  keyword: string;
  annotation: string;
}

interface ParameterWriter {
  comment: string;
  /** Names that a cell's top level declares; undefined where the cell cannot be parsed. */
  declared(source: string): Promise<Map<string, Declaration> | undefined>;
  assign(name: string, value: ParameterValue, declaration?: Declaration): string;
}

const typescript: ParameterWriter = {
  comment: "//",
  async declared(source) {
    const { parseSync } = await import("oxc-parser");
    const { program, errors } = parseSync("parameters.ts", source);
    if (errors.length > 0) return undefined;
    const found = new Map<string, Declaration>();
    for (const statement of program.body) {
      if (statement.type !== "VariableDeclaration") continue;
      for (const { id } of statement.declarations) {
        if (id.type !== "Identifier") continue;
        const type = id.typeAnnotation;
        found.set(id.name, { keyword: statement.kind, annotation: type ? source.slice(type.start, type.end) : "" });
      }
    }
    return found;
  },
  assign(name, value, declaration = { keyword: "let", annotation: "" }) {
    const literal = typeof value === "bigint" ? `${value}n` : jsonLiteral(value);
    return `${declaration.keyword} ${name}${declaration.annotation} = ${literal};`;
  },
};

const python: ParameterWriter = {
  comment: "#",
  async declared(source) {
    const names = [...source.matchAll(/^([\p{ID_Start}_][\p{ID_Continue}]*)[ \t]*(?::[^=\n]+)?=(?!=)/gmu)];
    return new Map(names.map((match) => [match[1]!, { keyword: "", annotation: "" }]));
  },
  assign: (name, value) => `${name} = ${pythonLiteral(value)}`,
};

const writers: Record<string, ParameterWriter> = { typescript, javascript: typescript, python };

function jsonLiteral(value: ParameterValue): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" && !Number.isFinite(value)) {
    return `float("${Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"}")`;
  }
  if (typeof value === "bigint" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value as object)
      .map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}
