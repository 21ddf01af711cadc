import { inspect, types } from "node:util";

/** What is looked at before a value counts as large. */
const modest = { nodes: 2_000, width: 100, characters: 30_000, depth: 5 };
/** What of a large value is told. */
const told = { nodes: 600, width: [100, 40, 20, 10, 5], characters: 300 };

const prototypeOf = Object.getPrototypeOf as (value: object) => object | null;
const isArray = Array.isArray;

/**
 * Whether `util.inspect` tells a value in little time and text: it has bounds for each array and string, but none for
 * keys, holes and the whole. Reads no getters and asks no proxies.
 */
export function isModest(root: unknown, mostNodes = modest.nodes): boolean {
  let nodes = 0;
  let characters = 0;
  const visit = (value: unknown, depth: number): boolean => {
    if (typeof value === "string") characters += Math.min(value.length, 10_000);
    if (++nodes > mostNodes || characters > modest.characters) return false;
    if (isLaden(value)) return false;
    if (typeof value !== "object" || value === null || depth > modest.depth) return true;
    if (types.isProxy(value) || types.isTypedArray(value) || types.isAnyArrayBuffer(value)) return true;
    if (types.isMap(value)) {
      let seen = 0;
      for (const [key, item] of mapEntries.call(value)) {
        if (++seen > modest.width) break;
        if (!visit(key, depth + 1) || !visit(item, depth + 1)) return false;
      }
      return true;
    }
    if (types.isSet(value)) {
      let seen = 0;
      for (const item of setValues.call(value)) {
        if (++seen > modest.width) break;
        if (!visit(item, depth + 1)) return false;
      }
      return true;
    }
    if (isArray(value)) {
      const length = Math.min(value.length, modest.width);
      for (let i = 0; i < length; i++) {
        const own = Object.getOwnPropertyDescriptor(value, i);
        if (!own && value.length > 1000) return false;
        if (own && "value" in own && !visit(own.value, depth + 1)) return false;
      }
      return true;
    }
    const keys = keysOf(value);
    if (keys.length > modest.width) return false;
    for (const key of keys) {
      const own = Object.getOwnPropertyDescriptor(value, key);
      if (own && "value" in own && !visit(own.value, depth + 1)) return false;
    }
    return true;
  };
  return visit(root, 0);
}

const mapEntries = Map.prototype.entries as (this: Map<unknown, unknown>) => MapIterator<[unknown, unknown]>;
const setValues = Set.prototype.values as (this: Set<unknown>) => SetIterator<unknown>;

// Marks that stand in the text until `withMarks` says what they mean; characters of Unicode's private use.
const restKey = "\uE000";
const nothing = "\uE001";
const size = "\uE002";

const asText = (text: string): object => ({ [inspect.custom]: () => text });

/** A copy of the beginning of a large value, the nearer parts first, that `util.inspect` tells as it would the whole. */
export function boundedCopy(root: unknown): unknown {
  const copies = new Map<object, unknown>();
  const queue: (() => void)[] = [];
  let nodes = 0;

  const copy = (value: unknown, depth: number): unknown => {
    nodes++;
    if (typeof value === "string" && value.length > told.characters) {
      return asText(`${inspect(value.slice(0, told.characters))}... ${value.length - told.characters} more characters`);
    }
    if (isLaden(value)) return asText(ladenText(value as object));
    if (typeof value !== "object" || value === null || types.isProxy(value)) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    const kind = types.isMap(value)
      ? "map"
      : types.isSet(value)
        ? "set"
        : isArray(value)
          ? "array"
          : types.isNativeError(value)
            ? "error"
            : isRecord(value)
              ? "record"
              : "leaf";
    const isLeaf = kind === "leaf";
    if (nodes > told.nodes || depth >= told.width.length) return isLeaf ? value : asText(`[${nameOf(value)}]`);
    if (isLeaf) return value;
    const width = told.width[depth]!;
    const made: object =
      kind === "map"
        ? new Map()
        : kind === "set"
          ? new Set()
          : kind === "array"
            ? []
            : Object.create(prototypeOf(value));
    copies.set(value, made);
    queue.push(() => fill(value, made, width, depth + 1));
    return made;
  };

  const fill = (value: object, made: object, wanted: number, depth: number): void => {
    const width = nodes > told.nodes ? Math.min(3, wanted) : wanted;
    const more = (count: number): object => asText(`... ${count} more item${count === 1 ? "" : "s"}`);
    if (types.isMap(value)) {
      let seen = 0;
      for (const [key, item] of mapEntries.call(value)) {
        if (++seen > width) break;
        (made as Map<unknown, unknown>).set(copy(key, depth), copy(item, depth));
      }
      if (value.size > width) (made as Map<unknown, unknown>).set(more(value.size - width), asText(nothing));
      tellSize(made, value, value.size);
    } else if (types.isSet(value)) {
      let seen = 0;
      for (const item of setValues.call(value)) {
        if (++seen > width) break;
        (made as Set<unknown>).add(copy(item, depth));
      }
      if (value.size > width) (made as Set<unknown>).add(more(value.size - width));
      tellSize(made, value, value.size);
    } else if (isArray(value)) {
      const length = Math.min(value.length, width);
      (made as unknown[]).length = length;
      for (let i = 0; i < length; i++) {
        const own = Object.getOwnPropertyDescriptor(value, i);
        if (own) Object.defineProperty(made, i, "value" in own ? { ...own, value: copy(own.value, depth) } : own);
      }
      if (value.length > length) (made as unknown[]).push(more(value.length - length));
    } else {
      const keys = keysOf(value);
      const hidden = types.isNativeError(value)
        ? ["stack", "message", "cause", "errors"].filter((key) => Object.hasOwn(value, key))
        : [];
      for (const key of [...hidden, ...keys.slice(0, width)]) {
        const own = Object.getOwnPropertyDescriptor(value, key);
        // V8's own stack is an accessor, and the one that may be read.
        if (key === "stack") Object.defineProperty(made, key, { value: (value as Error).stack });
        else if (own)
          Object.defineProperty(made, key, "value" in own ? { ...own, value: copy(own.value, depth) } : own);
      }
      if (keys.length > width) {
        Object.defineProperty(made, restKey, {
          value: asText(`... ${keys.length - width} more properties`),
          enumerable: true,
        });
      }
    }
  };

  const made = copy(root, 0);
  for (let i = 0; i < queue.length; i++) queue[i]!();
  return made;
}

/** `util.inspect` tells the size of the copy: its class carries that of the whole. */
function tellSize(made: object, value: object, whole: number): void {
  const named = { [`${nameOf(value).replace(/\(.*/, "")}${size}${whole}${size}`]: class {} };
  const maker = Object.values(named)[0]!;
  Object.setPrototypeOf(made, Object.defineProperties(maker.prototype, { [Symbol.toStringTag]: { value: "" } }));
}

/** The text of a copy, with what its marks mean. */
export function withMarks(text: string): string {
  return text
    .replaceAll(`'${restKey}': `, "")
    .replaceAll(` => ${nothing}`, "")
    .replace(/\uE002(\d+)\uE002(?:\(\d+\))?(?: \[(?:Map|Set)\])?/g, "($1)");
}

/** Whether its keys are all there is to it, and inspecting it is not its own affair. */
function isRecord(value: object): boolean {
  if (inspect.custom in value || types.isExternal(value) || types.isBoxedPrimitive(value)) return false;
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** Whether a value is a function with more properties than are told. */
export function isLaden(value: unknown): boolean {
  return typeof value === "function" && !types.isProxy(value) && keysOf(value).length > modest.width;
}

/** Such a function without its properties. */
export function ladenText(fn: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  const isClass = /^class\b/.test(Function.prototype.toString.call(fn));
  const known = typeof name === "string" && name !== "" ? name : undefined;
  const head = isClass
    ? `[class ${known ?? "(anonymous)"}]`
    : known
      ? `[Function: ${known}]`
      : "[Function (anonymous)]";
  return `${head} { ... ${keysOf(fn).length} more properties }`;
}

let recent: { of: object; keys: string[] } | undefined;

/** Listing the keys of a large object takes longer than telling it: they are kept for this turn of the event loop. */
export function keysOf(value: object): string[] {
  if (recent?.of === value) return recent.keys;
  const keys = Object.keys(value);
  if (keys.length > 1000) {
    recent = { of: value, keys };
    setImmediate(() => (recent = undefined));
  }
  return keys;
}

/** `Array(3)`, `Map(5)`, `Point`. */
export function nameOf(value: object): string {
  const maker: unknown = Object.getOwnPropertyDescriptor(prototypeOf(value) ?? {}, "constructor")?.value;
  const name = typeof maker === "function" && maker.name !== "" ? maker.name : "Object";
  if (isArray(value)) return `${name}(${value.length})`;
  return types.isMap(value) || types.isSet(value) ? `${name}(${value.size})` : name;
}
