/** An element of some document's: Observable Plot gives one, D3 draws in one. */
export interface DomElement {
  nodeType: 1;
  nodeName: string;
  outerHTML: string;
  textContent: string;
  querySelectorAll(selector: string): Iterable<DomElement>;
}

export function isDomElement(value: unknown): value is DomElement {
  if (typeof value !== "object" || value === null) return false;
  const { nodeType, outerHTML, nodeName } = value as Partial<DomElement>;
  return nodeType === 1 && typeof outerHTML === "string" && typeof nodeName === "string";
}
