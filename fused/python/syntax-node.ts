import { createRequire } from "node:module";
import type { SyntaxNode } from "@lezer/common";

export type { SyntaxNode } from "@lezer/common";

type Parser = typeof import("@lezer/python");
let parser: Parser | undefined;

/**
 * The syntax tree of Python source. The parser goes on after an error, so that a file with one still shows its
 * functions.
 */
export function parsePython(source: string): SyntaxNode {
  // Loaded at the first Python UDF: most sessions never see one.
  parser ??= createRequire(import.meta.url)("@lezer/python") as Parser;
  return parser.parser.parse(source).topNode;
}

/** The children of a node, in order. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

export function textOf(node: SyntaxNode, source: string): string {
  return source.slice(node.from, node.to);
}
