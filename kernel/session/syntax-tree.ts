/** A node of oxc's syntax tree, for walks that do not care which kind it is. */
export interface AnyNode {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

/** The nodes directly below one, in source order of their fields. */
export function* childNodes(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) yield value;
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as AnyNode).type === "string";
}
