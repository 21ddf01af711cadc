/** How `console.log` shows a value inside an isolate: like Node's `util.inspect`, as far as people read it. */
const lineLength = 76;
const mostItems = 100;
const mostCharacters = 10_000;
const mostDepth = 2;

/** `console.log`'s text: a first string may hold %s %d %i %f %j %o %O %c; all else is inspected and joined by spaces. */
export function format(values: unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== "string") return values.map((value) => shown(value)).join(" ");
  const text = first.replace(/%([sdifjoOc%])/g, (placeholder, letter: string) => {
    if (letter === "%") return "%";
    if (rest.length === 0) return placeholder;
    const value = rest.shift();
    switch (letter) {
      case "s":
        return typeof value === "object" ? inspect(value, 1) : String(value);
      case "d":
        return typeof value === "bigint" ? `${value}n` : String(Number(value));
      case "i":
        return String(Number.parseInt(String(value), 10));
      case "f":
        return String(Number.parseFloat(String(value)));
      case "j":
        return JSON.stringify(value);
      case "c":
        return "";
      default:
        return inspect(value, 4);
    }
  });
  return [text, ...rest.map((value) => shown(value))].join(" ");
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

/** The text of one value. `depth`: levels of nesting that are opened. Never throws, whatever a proxy or getter does. */
export function inspect(value: unknown, depth = mostDepth): string {
  try {
    return render(value, depth, [], 0);
  } catch (error) {
    return `[could not be shown: ${error instanceof Error ? error.message : typeof error}]`;
  }
}

function render(value: unknown, depth: number, parents: object[], indent: number): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return value.toString();
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "function":
      return renderFunction(value);
    case "object":
      return value === null ? "null" : renderObject(value, depth, parents, indent);
    default:
      return String(value);
  }
}

function quoted(text: string): string {
  const cut = text.length > mostCharacters ? text.slice(0, mostCharacters) : text;
  const quote = !cut.includes("'") ? "'" : !cut.includes('"') ? '"' : !cut.includes("`") ? "`" : "'";
  const escaped = JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"');
  const left = text.length - cut.length;
  return (
    quote +
    (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) +
    quote +
    (left > 0 ? `... ${left} more characters` : "")
  );
}

function renderFunction(value: Function): string {
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  const name = typeof value.name === "string" && value.name !== "" ? value.name : "";
  if (isClass) return `[class ${name || "(anonymous)"}]`;
  return name ? `[Function: ${name}]` : "[Function (anonymous)]";
}

function renderObject(value: object, depth: number, parents: object[], indent: number): string {
  if (parents.includes(value)) return "[Circular *1]";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (value instanceof Error) return renderError(value, depth, parents, indent);
  if (tag === "Date") return Number.isNaN(Number(value)) ? "Invalid Date" : new Date(Number(value)).toISOString();
  if (tag === "RegExp") return RegExp.prototype.toString.call(value);
  if (tag === "Boolean" || tag === "Number" || tag === "String")
    return `[${tag}: ${render((value as { valueOf(): unknown }).valueOf(), 0, [], 0)}]`;
  const className = classOf(value);
  if (depth < 0) return Array.isArray(value) ? "[Array]" : `[${className || "Object"}]`;
  const below = (child: unknown) => render(child, depth - 1, [...parents, value], indent + 2);
  if (Array.isArray(value)) {
    const prefix = className === "Array" ? "" : `${className}(${value.length}) `;
    return (
      prefix +
      bracketed(
        "[",
        listItems(value, below),
        "]",
        indent,
        value.every((each) => typeof each === "number"),
      )
    );
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const { length } = value as Uint8Array;
    return (
      `${className}(${length}) ` + bracketed("[", listItems(value as unknown as unknown[], below), "]", indent, true)
    );
  }
  if (tag === "ArrayBuffer") {
    const bytes = new Uint8Array(value as ArrayBuffer, 0, Math.min(50, (value as ArrayBuffer).byteLength));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return `ArrayBuffer { [Uint8Contents]: <${hex}>, byteLength: ${(value as ArrayBuffer).byteLength} }`;
  }
  if (tag === "Map") {
    const map = value as Map<unknown, unknown>;
    const items = firstOf(map, map.size, ([key, item]) => `${below(key)} => ${below(item)}`);
    return `Map(${map.size}) ` + bracketed("{", items, "}", indent);
  }
  if (tag === "Set") {
    const set = value as Set<unknown>;
    return `Set(${set.size}) ` + bracketed("{", firstOf(set, set.size, below), "}", indent);
  }
  if (tag === "Promise") return "Promise { <pending or settled> }";
  const prefix = className === "Object" ? "" : `${className || "[Object: null prototype]"} `;
  return prefix + bracketed("{", properties(value, below), "}", indent);
}

function classOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  if (prototype === null) return "";
  const name = prototype.constructor?.name;
  return typeof name === "string" && name ? name : "Object";
}

function renderError(error: Error, depth: number, parents: object[], indent: number): string {
  const stack = typeof error.stack === "string" && error.stack !== "" ? error.stack : String(error);
  const extra = properties(error, (child) => render(child, depth - 1, [...parents, error], indent + 2));
  if (error.cause !== undefined)
    extra.push(`[cause]: ${render(error.cause, depth - 1, [...parents, error], indent + 2)}`);
  return extra.length > 0 && depth >= 0 ? `${stack} ${bracketed("{", extra, "}", indent)}` : stack;
}

function properties(value: object, below: (child: unknown) => string): string[] {
  const keys = Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key)?.enumerable);
  return firstOf(keys, keys.length, (key) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    const name =
      typeof key === "symbol" ? `[${key.toString()}]` : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : quoted(key);
    if (descriptor?.get) return `${name}: [Getter${descriptor.set ? "/Setter" : ""}]`;
    return `${name}: ${descriptor?.set ? "[Setter]" : below(descriptor?.value)}`;
  });
}

function listItems(values: ArrayLike<unknown>, below: (child: unknown) => string): string[] {
  const count = Math.min(values.length, mostItems);
  const items: string[] = [];
  for (let i = 0; i < count; i++) items.push(i in values ? below(values[i]) : "<1 empty item>");
  if (values.length > count) items.push(more(values.length - count));
  return items;
}

function firstOf<T>(values: Iterable<T>, size: number, show: (value: T) => string): string[] {
  const items: string[] = [];
  for (const value of values) {
    if (items.length === mostItems) {
      items.push(more(size - mostItems));
      break;
    }
    items.push(show(value));
  }
  return items;
}

function more(count: number): string {
  return `... ${count} more item${count === 1 ? "" : "s"}`;
}

/** On one line where it fits, else an item a line; numbers are filled into lines. */
function bracketed(open: string, items: string[], close: string, indent: number, isFilled = false): string {
  if (items.length === 0) return open + close;
  const oneLine = `${open} ${items.join(", ")} ${close}`;
  if (oneLine.length + indent <= lineLength && !oneLine.includes("\n") && items.length <= 12) return oneLine;
  const margin = " ".repeat(indent + 2);
  const rows = isFilled ? filledRows(items, lineLength - indent) : items;
  return `${open}\n${rows.map((row) => margin + row).join(",\n")}\n${" ".repeat(indent)}${close}`;
}

function filledRows(items: string[], width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const item of items) {
    if (row && row.length + item.length + 2 > width) {
      rows.push(row);
      row = "";
    }
    row += row ? `, ${item}` : item;
  }
  return row ? [...rows, row] : rows;
}
