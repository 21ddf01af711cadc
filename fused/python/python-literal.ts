import type { SyntaxNode } from "./syntax-node.ts";
import { childrenOf, textOf } from "./syntax-node.ts";

/** The value of a Python expression that is a literal through and through, as JSON has it; undefined where it is not. */
export function pythonLiteral(node: SyntaxNode, source: string): { value: unknown } | undefined {
  const text = textOf(node, source);
  switch (node.name) {
    case "None":
      return { value: null };
    case "Boolean":
      return { value: text === "True" };
    case "Number":
      return numberValue(text);
    case "String":
      return stringValue(text);
    case "ContinuedString": {
      const parts = childrenOf(node).map((part) => pythonLiteral(part, source));
      return parts.every((part) => typeof part?.value === "string")
        ? { value: parts.map((part) => part!.value).join("") }
        : undefined;
    }
    case "UnaryExpression": {
      const inner = pythonLiteral(node.lastChild!, source)?.value;
      if (typeof inner !== "number" || !/^[+-]/.test(text)) return undefined;
      return { value: text.startsWith("-") ? -inner : inner };
    }
    case "ParenthesizedExpression": {
      const [, inner] = childrenOf(node);
      return inner && pythonLiteral(inner, source);
    }
    case "ArrayExpression":
    case "TupleExpression":
      return listValue(items(node), source);
    case "DictionaryExpression": {
      const parts = items(node);
      const keys = listValue(
        parts.filter((_part, i) => i % 2 === 0),
        source,
      );
      const values = listValue(
        parts.filter((_part, i) => i % 2 === 1),
        source,
      );
      if (!keys || !values || parts.some(({ name }) => name === "**")) return undefined;
      return { value: Object.fromEntries(keys.value.map((key, i) => [String(key), values.value[i]])) };
    }
    default:
      return undefined;
  }
}

function listValue(nodes: SyntaxNode[], source: string): { value: unknown[] } | undefined {
  const values = nodes.map((node) => pythonLiteral(node, source));
  return values.every((each) => each !== undefined) ? { value: values.map(({ value }) => value) } : undefined;
}

/** What stands between the brackets, without commas and colons. */
function items(node: SyntaxNode): SyntaxNode[] {
  return childrenOf(node).filter(({ name }) => !["[", "]", "(", ")", "{", "}", ",", ":", "Comment"].includes(name));
}

function numberValue(text: string): { value: number } | undefined {
  const value = Number(text.replaceAll("_", ""));
  return Number.isNaN(value) ? undefined : { value };
}

const escapes: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
  "0": "\0",
};

function stringValue(text: string): { value: string } | undefined {
  const literal = /^([a-z]*)("""|'''|"|')([^]*)\2$/i.exec(text);
  if (!literal) return undefined;
  const [, prefix, , body] = literal as unknown as [string, string, string, string];
  if (/[bft]/i.test(prefix)) return undefined;
  if (/r/i.test(prefix)) return { value: body };
  const value = body.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([^]))/gi, (all, x, u, long, plain) => {
    const code: string | undefined = x ?? u ?? long;
    if (code === undefined) return escapes[plain as string] ?? all;
    const point = parseInt(code, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });
  return { value };
}
