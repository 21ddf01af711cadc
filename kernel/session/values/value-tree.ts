import { types } from "node:util";
import { isModest, keysOf, nameOf } from "./bounded-copy.ts";
import { shortText } from "./short-text.ts";

/** Nodes of a tree, and children of one node, at most. */
const limits = { nodes: 500, children: 100, depth: 6, summary: 100 };
const code = "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px)";

/**
 * A nested object or array as a tree of `<details>` that opens without scripts. Undefined where the text, of so many
 * lines, says it as well.
 */
export function valueTree(value: unknown, text: string): string | undefined {
  if (!isContainer(value) || lines(text) <= 30) return undefined;
  const children = childrenOf(value);
  if (!children.some(([, child]) => isContainer(child))) return undefined;
  const ancestors = new Set<object>();
  let nodes = 0;
  const node = (label: string, each: unknown, open: boolean): string => {
    const head = (label === "" ? "" : `<b>${escape(label)}</b>: `) + `<span>${escape(summary(each))}</span>`;
    nodes++;
    if (!isContainer(each) || ancestors.has(each) || ancestors.size >= limits.depth || nodes > limits.nodes) {
      return `<div style="padding-left:1.1em">${head}</div>`;
    }
    ancestors.add(each);
    const found = childrenOf(each);
    const inner = found.map(([key, child]) => node(key, child, false)).join("");
    ancestors.delete(each);
    const rest = sizeOf(each) - found.length;
    const more = rest > 0 ? `<div style="padding-left:1.1em">… ${rest} more</div>` : "";
    return `<details${open ? " open" : ""}><summary>${head}</summary><div style="padding-left:1.1em">${inner}${more}</div></details>`;
  };
  return `<div style="${code};max-height:30em;overflow:auto">${node("", value, true)}</div>`;
}

const summary = (value: unknown): string =>
  isContainer(value) && !isModest(value, limits.children) ? nameOf(value) : shortText(value, limits.summary);

const lines = (text: string): number => text.split("\n", 100).length;

/** Arrays, maps, sets and plain objects: what one opens to look inside. */
function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (types.isMap(value) || types.isSet(value)) return value.size > 0;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && keysOf(value).length > 0;
}

function childrenOf(value: object): [string, unknown][] {
  if (types.isMap(value) || types.isSet(value)) {
    const found: [string, unknown][] = [];
    for (const [key, item] of value.entries()) {
      if (found.length >= limits.children) break;
      found.push([types.isMap(value) ? shortText(key, 40) : String(found.length), item]);
    }
    return found;
  }
  const keys = Array.isArray(value)
    ? Array.from({ length: Math.min(value.length, limits.children) }, (_, i) => String(i))
    : keysOf(value).slice(0, limits.children);
  return keys.flatMap((key): [string, unknown][] => {
    const own = Object.getOwnPropertyDescriptor(value, key);
    return own && "value" in own ? [[key, own.value]] : [];
  });
}

function sizeOf(value: object): number {
  if (Array.isArray(value)) return value.length;
  return types.isMap(value) || types.isSet(value) ? value.size : keysOf(value).length;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (ch) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[ch]!);
}
