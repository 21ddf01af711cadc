import type { Expression } from "oxc-parser";

/** The value of an expression that is a literal through and through; undefined where it is not. */
export function literalValue(node: Expression): { value: unknown } | undefined {
  switch (node.type) {
    case "Literal":
      return "regex" in node ? undefined : { value: node.value };
    case "TemplateLiteral":
      return node.expressions.length === 0 ? { value: node.quasis[0]?.value.cooked } : undefined;
    case "UnaryExpression": {
      const inner = literalValue(node.argument)?.value;
      if (typeof inner === "number" && (node.operator === "-" || node.operator === "+")) {
        return { value: node.operator === "-" ? -inner : inner };
      }
      return typeof inner === "bigint" && node.operator === "-" ? { value: -inner } : undefined;
    }
    case "Identifier":
      if (node.name === "undefined") return { value: undefined };
      if (node.name === "NaN") return { value: NaN };
      return node.name === "Infinity" ? { value: Infinity } : undefined;
    case "ArrayExpression": {
      const items = node.elements.map((item) =>
        item && item.type !== "SpreadElement" ? literalValue(item) : undefined,
      );
      return items.every((item) => item !== undefined) ? { value: items.map(({ value }) => value) } : undefined;
    }
    case "ObjectExpression": {
      const entries: [string, unknown][] = [];
      for (const property of node.properties) {
        if (property.type !== "Property" || property.computed || property.method) return undefined;
        const value = literalValue(property.value);
        const { key } = property;
        if (!value || (key.type !== "Identifier" && key.type !== "Literal")) return undefined;
        entries.push([key.type === "Identifier" ? key.name : String(key.value), value.value]);
      }
      return { value: Object.fromEntries(entries) };
    }
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return literalValue(node.expression);
    default:
      return undefined;
  }
}

/** The value as plain JSON, bigints as decimal text; undefined where JSON has no such value. */
export function asJson(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  if (Array.isArray(value)) return value.map((item) => asJson(item) ?? null);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]));
  }
  return value;
}
