/**
 * Makes a context fit to be kept from one run to the next (kept-context-rule.ts says for which UDFs): every built-in is
 * frozen, as in Hardened JavaScript (https://github.com/endojs/endo/tree/master/packages/ses), and what has a state that
 * freezing does not reach is taken away. What a run then makes is reachable from its own variables only, which are gone with it.
 * @param ours objects of our own that a UDF can get hold of
 * @param onStray told when code reaches for what is not there in a kept context: the run belongs into a fresh one
 */
export function harden(ours: object[], onStray: () => void): void {
  for (const name of ["$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9"]) removeMatch(name);
  for (const name of ["input", "$_", "lastMatch", "$&", "lastParen", "$+", "leftContext", "$`", "rightContext", "$'"])
    removeMatch(name);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!languageGlobals.has(name)) delete (globalThis as Record<string, unknown>)[name];
  }
  delete (Math as Partial<Math>).random;
  const hidden = hiddenPrototypes();
  const stray = (): never => {
    onStray();
    throw new TypeError("This is not there in a context that is kept between runs.");
  };
  for (const prototype of hidden.functions) {
    Object.defineProperty(prototype, "constructor", { get: stray, set: stray, enumerable: false, configurable: false });
  }
  const behind = assignedPrototypes.flatMap((prototype) => allowAssignment(prototype, stray));
  const seen = new Set<object>();
  for (const root of [globalThis, ...hidden.functions, ...hidden.others, ...behind, ...ours]) collect(root, seen);
  for (const each of seen) Object.freeze(each);
}

/** What stays on the global object. Nothing of it keeps a state of its own once it is frozen. */
const languageGlobals = new Set(
  (
    "globalThis undefined NaN Infinity isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI " +
    "encodeURIComponent escape unescape Object Boolean Symbol Error AggregateError EvalError RangeError " +
    "ReferenceError SyntaxError TypeError URIError SuppressedError DisposableStack AsyncDisposableStack Number BigInt " +
    "Math Date String RegExp Array Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array " +
    "Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Map Set WeakMap WeakSet " +
    "ArrayBuffer DataView JSON Iterator Promise Reflect Proxy Intl"
  ).split(" "),
);

/** What a regular expression matched last is told to whoever asks next. */
function removeMatch(name: string): void {
  delete (RegExp as unknown as Record<string, unknown>)[name];
}

/** Built-ins that no global leads to. */
function hiddenPrototypes(): { functions: object[]; others: object[] } {
  const of = (value: object): object => Object.getPrototypeOf(value) as object;
  const generator = function* () {};
  const asyncGenerator = async function* () {};
  const functions = [of(() => {}), of(async () => {}), of(generator), of(asyncGenerator)];
  const iterators = [
    [][Symbol.iterator](),
    new Map().entries(),
    new Set().values(),
    ""[Symbol.iterator](),
    "".matchAll(/x/g),
    ...iteratorHelpers(),
    new Intl.Segmenter().segment(""),
    new Intl.Segmenter().segment("")[Symbol.iterator](),
    generator.prototype as object,
    asyncGenerator.prototype as object,
  ];
  const poison = Object.getOwnPropertyDescriptor(
    (function () {
      "use strict";
      return arguments;
    })(),
    "callee",
  )!.get!;
  // The accessors of every error's `stack` are the same two functions.
  const { get: stack, set: setStack } = Object.getOwnPropertyDescriptor(new Error(), "stack")!;
  return { functions, others: [...iterators.map(of), poison, stack, setStack].filter((each) => each !== undefined) };
}

/** Iterators that are wrapped or mapped. Newer than this project's TypeScript library. */
function iteratorHelpers(): object[] {
  const { Iterator } = globalThis as unknown as { Iterator: { from(given: object): { map(of: () => 0): object } } };
  const wrapped = Iterator.from({ next: () => ({ done: true, value: undefined }) });
  return [wrapped, wrapped.map(() => 0)];
}

/** Objects of these are given properties that their prototype has too: `error.name = …`, `counts["toString"] = …`. */
const assignedPrototypes = [
  Object.prototype,
  ...[Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => prototype,
  ),
];

/**
 * A frozen property keeps objects that inherit it from being assigned one of that name. As an accessor it gives the same, and
 * an assignment makes the property on the object itself.
 * @returns the values, which nothing leads to any more but a call
 */
function allowAssignment(prototype: object, stray: () => never): unknown[] {
  const { defineProperty: define, hasOwn } = Object;
  const values: unknown[] = [];
  for (const key of Reflect.ownKeys(prototype)) {
    const { value, writable, enumerable } = Object.getOwnPropertyDescriptor(prototype, key)!;
    if (!writable) continue;
    const setter = function (this: unknown, given: unknown) {
      if (this === prototype) stray();
      const target = this as Record<PropertyKey, unknown>;
      if (hasOwn(target, key)) target[key] = given;
      else define(target, key, { value: given, writable: true, enumerable: true, configurable: true });
    };
    values.push(value);
    Object.defineProperty(prototype, key, {
      get: () => value as unknown,
      set: setter,
      enumerable,
      configurable: false,
    });
  }
  return values;
}

/** Everything that can be reached from an object. */
function collect(root: unknown, seen: Set<object>): void {
  const open = [root];
  while (open.length > 0) {
    const each = open.pop();
    if ((typeof each !== "object" && typeof each !== "function") || each === null || seen.has(each)) continue;
    seen.add(each);
    open.push(Object.getPrototypeOf(each));
    for (const key of Reflect.ownKeys(each)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(each, key)!;
      open.push(value, get, set);
    }
  }
}
