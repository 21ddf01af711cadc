import { parseSync, type Comment, type Program } from "oxc-parser";
import { childNodes, type AnyNode } from "../session/syntax-tree.ts";

/** What a top-level name of a cell is, as front ends name it. */
export type DeclarationKind = "function" | "class" | "instance" | "interface" | "type" | "enum" | "module" | "udf";

/** A name that a cell declares for the cells after it. */
export interface Declaration {
  name: string;
  kind: DeclarationKind;
  /** The declaration without its body: `function greet(name: string): string`. */
  head: string;
  /** The whole declaration. */
  text: string;
  /** Text of the JSDoc block that stands before it. */
  doc?: string;
}

export interface Declarations {
  found: Declaration[];
  /** Names that the cell exports itself. */
  exported: Set<string>;
  lang: "ts" | "tsx";
}

/** The top-level declarations of a cell; undefined where it does not parse. */
export function readDeclarations(text: string): Declarations | undefined {
  for (const lang of ["ts", "tsx"] as const) {
    const { program, comments, errors } = parseSync(`cell.${lang}`, text, { lang, sourceType: "module" });
    if (errors.length === 0) return { ...collect(program, comments, text), lang };
  }
  return undefined;
}

const longestHead = 400;

function collect(program: Program, comments: Comment[], text: string): Omit<Declarations, "lang"> {
  const found = new Map<string, Declaration>();
  const exported = new Set<string>();
  const add = (name: string, kind: DeclarationKind, node: AnyNode, headEnd: number, statement: AnyNode) => {
    const doc = docBefore(statement.start, comments, text);
    const head = text.slice(node.start, Math.min(headEnd, node.start + longestHead)).trim();
    // An overload's first signature is as good a head as the implementation's; its text is the last one's.
    found.set(name, { name, kind, head, text: text.slice(statement.start, statement.end), ...(doc && { doc }) });
  };
  const declare = (node: AnyNode, statement: AnyNode): void => {
    const name = (node.id as AnyNode | null | undefined)?.name as string | undefined;
    switch (node.type) {
      case "VariableDeclaration":
        for (const one of node.declarations as AnyNode[]) {
          const init = one.init as AnyNode | null;
          const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
          const end = isFunction ? (init.body as AnyNode).start : one.end;
          for (const each of boundNames(one.id as AnyNode)) {
            add(
              each,
              isFunction ? "function" : "instance",
              { ...one, start: Math.min(node.start, one.start) },
              end,
              statement,
            );
          }
        }
        return;
      case "FunctionDeclaration":
      case "TSDeclareFunction":
        if (name) add(name, "function", node, (node.body as AnyNode | null)?.start ?? node.end, statement);
        return;
      case "ClassDeclaration":
        if (name) add(name, "class", node, (node.body as AnyNode).start, statement);
        return;
      case "TSInterfaceDeclaration":
        if (name) add(name, "interface", node, node.end, statement);
        return;
      case "TSTypeAliasDeclaration":
        if (name) add(name, "type", node, node.end, statement);
        return;
      case "TSEnumDeclaration":
        if (name) add(name, "enum", node, node.end, statement);
        return;
      case "TSModuleDeclaration":
        if (name) add(name, "module", node, (node.body as AnyNode | null)?.start ?? node.end, statement);
        return;
      case "ImportDeclaration":
        for (const specifier of node.specifiers as AnyNode[]) {
          add((specifier.local as AnyNode).name as string, "module", node, node.end, statement);
        }
        return;
      default:
    }
  };
  for (const statement of program.body as unknown as AnyNode[]) {
    const inner = statement.declaration as AnyNode | null | undefined;
    if (inner && statement.type.startsWith("Export")) {
      const before = new Set(found.keys());
      declare(inner, statement);
      if (statement.type === "ExportNamedDeclaration")
        for (const name of found.keys()) if (!before.has(name)) exported.add(name);
    } else {
      declare(statement, statement);
      for (const specifier of (statement.specifiers as AnyNode[] | undefined) ?? []) {
        const name = (specifier.exported as AnyNode | undefined)?.name;
        if (typeof name === "string") exported.add(name);
      }
      for (const { node, name } of hoisted(statement))
        if (!found.has(name)) add(name, "instance", node, node.end, statement);
    }
  }
  return { found: [...found.values()], exported };
}

/** `var`s inside blocks, which are names of the whole cell. */
function* hoisted(statement: AnyNode): Generator<{ node: AnyNode; name: string }> {
  if (/Function|Class|Method/.test(statement.type) || statement.type.startsWith("TS")) return;
  for (const child of childNodes(statement)) {
    if (child.type === "VariableDeclaration" && child.kind === "var") {
      for (const one of child.declarations as AnyNode[]) {
        for (const name of boundNames(one.id as AnyNode)) yield { node: child, name };
      }
    }
    yield* hoisted(child);
  }
}

function* boundNames(pattern: AnyNode): Generator<string> {
  if (pattern.type === "Identifier") yield pattern.name as string;
  else if (pattern.type === "Property") yield* boundNames(pattern.value as AnyNode);
  else if (pattern.type === "AssignmentPattern") yield* boundNames(pattern.left as AnyNode);
  else for (const child of childNodes(pattern)) if (!child.type.startsWith("TS")) yield* boundNames(child);
}

/** The JSDoc block right before a position, without its stars. */
function docBefore(start: number, comments: Comment[], text: string): string | undefined {
  const comment = comments.findLast(
    ({ type, value, end }) =>
      type === "Block" && value.startsWith("*") && end <= start && /^\s*$/.test(text.slice(end, start)),
  );
  const lines = comment?.value
    .slice(1)
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  return lines?.join("\n").trim() || undefined;
}
