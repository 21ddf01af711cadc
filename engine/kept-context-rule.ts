import { createRequire } from "node:module";

/**
 * Which UDFs may have a context that is kept for their next run (isolate/harden.ts): those whose text shows that they keep to
 * the language's usual parts. The built-ins of a kept context are frozen, so nothing can pass from one run to the next
 * whatever this rule lets through; the rule is there so that no UDF can tell a kept context from a fresh one. What it does not
 * know it refuses.
 */

const words = (text: string) => text.split(" ");

/** Globals that have no state, and none on what they give. */
const plainGlobals = new Set(
  words(
    "undefined NaN Infinity isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI encodeURIComponent " +
      "Boolean Number String BigInt Array Date Map Set WeakMap WeakSet Promise Error AggregateError EvalError RangeError " +
      "ReferenceError SyntaxError TypeError URIError ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array " +
      "Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array arguments",
  ),
);

/** Globals that may be called, and of which these members may be named; as values they give away too much. */
const namedMembers: Record<string, Set<string>> = {
  Math: new Set(Object.getOwnPropertyNames(Math).filter((name) => name !== "random")),
  JSON: new Set(words("parse stringify")),
  Object: new Set(words("assign create entries freeze fromEntries groupBy hasOwn is keys seal values")),
  Symbol: new Set(words("asyncIterator hasInstance iterator toPrimitive toStringTag")),
  RegExp: new Set(),
  Intl: new Set(
    words("Collator DateTimeFormat DisplayNames ListFormat NumberFormat PluralRules RelativeTimeFormat Segmenter"),
  ),
  fused: new Set(words("toFused tiles types context dataset readRaster readFile writeFile download filePath")),
};
const callable = new Set(["Object", "Symbol", "RegExp"]);

/** Globals that a run in a kept context gets anew, as the names of variables around it. */
export const ownGlobals = words(
  "console fused performance queueMicrotask setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate",
);

/** Names of properties that lead to built-ins by another way, or change how they work. */
const refusedProperties = new Set(
  words(
    "constructor prototype __proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ caller callee " +
      "prepareStackTrace stackTraceLimit captureStackTrace species unscopables isConcatSpreadable",
  ),
);

const realGlobals = new Set([...Object.getOwnPropertyNames(globalThis), "require", "fused", "$fused_import"]);

type Node = { type: string } & Record<string, unknown>;
type Parser = typeof import("oxc-parser");

/**
 * Reads the script of a UDF (compile.ts).
 * @returns the globals that each run is to get anew; undefined where every run needs a context of its own
 */
export function keptContextGlobals(script: string): string[] | undefined {
  const { parseSync } = createRequire(import.meta.url)("oxc-parser") as Parser;
  const { program, errors } = parseSync("udf.js", script, { sourceType: "script", preserveParens: false });
  const body = errors.length === 0 && mainBody(program as unknown as Node);
  if (!body) return undefined;
  const reader = new Reader();
  reader.read(body, undefined, "body");
  return reader.isUsual ? ownGlobals.filter((name) => reader.names.has(name)) : undefined;
}

/** The body of `$main` in `({ modules, $main: async (…) => { … } })`. */
function mainBody(program: Node): Node | undefined {
  const [statement] = program["body"] as Node[];
  const { properties } = (statement?.["expression"] ?? {}) as { properties?: Node[] };
  const main = properties?.find((each) => (each["key"] as Node | undefined)?.["name"] === "$main");
  return (main?.["value"] as Node | undefined)?.["body"] as Node | undefined;
}

/** Goes through a tree once, and knows at its end whether everything in it is usual. */
class Reader {
  /** Every name that stands for a variable somewhere. */
  readonly names = new Set<string>();
  #declared = new Set<string>();
  #isRefused = false;
  /** Functions around the node at hand that have a `this` of their own. Outside them it is the global object. */
  #owners = 0;

  get isUsual(): boolean {
    return !this.#isRefused && [...this.names].every((name) => this.#isKnown(name));
  }

  #isKnown(name: string): boolean {
    if (plainGlobals.has(name) || Object.hasOwn(namedMembers, name) || ownGlobals.includes(name)) return true;
    return this.#declared.has(name) && !realGlobals.has(name);
  }

  read(node: unknown, parent: Node | undefined, key: string): void {
    if (this.#isRefused || typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) return node.forEach((each) => this.read(each, parent, key));
    const { type } = node as Node;
    if (type === undefined) return;
    this.#look(node as Node, parent, key);
    for (const [name, child] of Object.entries(node)) {
      if (typeof child !== "object") continue;
      const isOwner = hasOwnThis(type, name);
      this.#owners += Number(isOwner);
      this.read(child, node as Node, name);
      this.#owners -= Number(isOwner);
    }
  }

  #look(node: Node, parent: Node | undefined, key: string): void {
    switch (node.type) {
      case "Identifier":
        return isPropertyName(parent, key) ? this.#property(node, parent!) : this.#variable(node, parent, key);
      case "Literal":
        return this.#text(node["value"]);
      case "TemplateElement":
        return this.#text((node["value"] as { cooked?: unknown }).cooked);
      case "AssignmentExpression":
        return this.#target(node["left"]);
      case "UpdateExpression":
        return this.#target(node["argument"]);
      case "UnaryExpression":
        return node["operator"] === "delete" ? this.#target(node["argument"]) : undefined;
      case "ForInStatement":
      case "ForOfStatement":
        return this.#target(node["left"]);
      case "VariableDeclarator":
        return this.#declare(node["id"]);
      case "CatchClause":
        return this.#declare(node["param"]);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#declare(node["id"]);
        return (node["params"] as Node[]).forEach((each) => this.#declare(each));
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#declare(node["id"]);
      case "ThisExpression":
        if (this.#owners === 0) this.#isRefused = true;
        return;
      case "ImportExpression":
      case "WithStatement":
        this.#isRefused = true;
    }
  }

  #property(node: Node, parent: Node): void {
    const isConstructor = parent.type === "MethodDefinition" && parent["kind"] === "constructor";
    if (!isConstructor) this.#text(node["name"]);
  }

  #text(value: unknown): void {
    if (typeof value === "string" && refusedProperties.has(value)) this.#isRefused = true;
  }

  #variable(node: Node, parent: Node | undefined, key: string): void {
    const name = node["name"] as string;
    this.names.add(name);
    const members = Object.hasOwn(namedMembers, name) ? namedMembers[name] : undefined;
    if (!members) return;
    if (parent?.type === "MemberExpression" && key === "object" && parent["computed"] !== true) {
      if (members.has((parent["property"] as { name: string }).name)) return;
    } else if (callable.has(name)) {
      if (/^(Call|New)Expression$/.test(parent?.type ?? "") && key === "callee") return;
      if (parent?.type === "BinaryExpression" && parent["operator"] === "instanceof" && key === "right") return;
    }
    this.#isRefused = true;
  }

  /** Names in a pattern become known; defaults in it are read as what they are. */
  #declare(pattern: unknown): void {
    for (const name of namesIn(pattern as Node | null | undefined)) this.#declared.add(name);
  }

  /** A global that is assigned to, itself or a member of it. What is a run's own it may change. */
  #target(pattern: unknown): void {
    let target = pattern as Node;
    while (target.type === "MemberExpression") target = target["object"] as Node;
    const names = namesIn(target);
    if (names.some((name) => plainGlobals.has(name) || Object.hasOwn(namedMembers, name))) this.#isRefused = true;
  }
}

function hasOwnThis(type: string, key: string): boolean {
  if (type === "PropertyDefinition" || type === "AccessorProperty") return key === "value";
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "StaticBlock";
}

function isPropertyName(parent: Node | undefined, key: string): boolean {
  switch (parent?.type) {
    case "MemberExpression":
      return key === "property" && parent["computed"] !== true;
    case "Property":
      // Of `{ name }` the parser gives key and value: the value is the variable.
      return key === "key" && parent["computed"] !== true;
    case "MethodDefinition":
    case "PropertyDefinition":
    case "AccessorProperty":
      return key === "key" && parent["computed"] !== true;
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return key === "label";
    case "MetaProperty":
      return true;
    default:
      return false;
  }
}

function namesIn(pattern: Node | null | undefined): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "VariableDeclaration":
      return (pattern["declarations"] as Node[]).flatMap(({ id }) => namesIn(id as Node));
    case "ArrayPattern":
      return (pattern["elements"] as (Node | null)[]).flatMap((each) => namesIn(each));
    case "ObjectPattern":
      return (pattern["properties"] as Node[]).flatMap((each) => namesIn((each["value"] ?? each) as Node));
    case "RestElement":
      return namesIn(pattern["argument"] as Node);
    case "AssignmentPattern":
      return namesIn(pattern["left"] as Node);
    default:
      return [];
  }
}
