import { DOMException } from "./events.ts";

/** https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone; `transfer` copies too. */
export function structuredClone(value: unknown): unknown {
  return copy(value, new Map());
}

const wrappers = ["Boolean", "Number", "String", "BigInt"];

function copy(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") refuse(value);
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const keep = <T>(made: T): T => {
    seen.set(value, made);
    return made;
  };
  if (wrappers.includes(tag)) return keep(Object((value as { valueOf(): unknown }).valueOf()));
  if (ArrayBuffer.isView(value)) return keep(copyView(value, seen));
  if (Array.isArray(value)) {
    const array = keep<unknown[]>([]);
    array.length = value.length;
    for (const key of Object.keys(value)) array[key as never] = copy(value[key as never], seen) as never;
    return array;
  }
  switch (tag) {
    case "Date":
      return keep(new Date(Number(value)));
    case "RegExp":
      return keep(new RegExp((value as RegExp).source, (value as RegExp).flags));
    case "ArrayBuffer":
      return keep((value as ArrayBuffer).slice(0));
    case "Map": {
      const map = keep(new Map());
      for (const [key, item] of value as Map<unknown, unknown>) map.set(copy(key, seen), copy(item, seen));
      return map;
    }
    case "Set": {
      const set = keep(new Set());
      for (const item of value as Set<unknown>) set.add(copy(item, seen));
      return set;
    }
    case "Error":
      return keep(copyError(value as Error, seen));
    case "Promise":
    case "WeakMap":
    case "WeakSet":
    case "WeakRef":
    case "Generator":
      refuse(value);
  }
  const object = keep<Record<string, unknown>>({});
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(object, key, {
      value: copy(item, seen),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

function copyView(view: ArrayBufferView, seen: Map<object, unknown>): ArrayBufferView {
  const buffer = copy(view.buffer, seen) as ArrayBuffer;
  const ViewClass = view.constructor as Uint8ArrayConstructor;
  return new ViewClass(
    buffer,
    view.byteOffset,
    view instanceof DataView ? view.byteLength : (view as Uint8Array).length,
  );
}

const errorClasses = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function copyError(error: Error, seen: Map<object, unknown>): Error {
  const ErrorClass = errorClasses[error.name as keyof typeof errorClasses] ?? Error;
  const made = new ErrorClass(error.message, "cause" in error ? { cause: copy(error.cause, seen) } : undefined);
  made.stack = error.stack;
  return made;
}

function refuse(value: unknown): never {
  const what = typeof value === "object" ? Object.prototype.toString.call(value) : String(value);
  throw new DOMException(`${what} could not be cloned.`, "DataCloneError");
}
