import type { Magic, MagicSession } from "./magic.ts";

export const who: Magic = {
  name: "who",
  kinds: ["line"],
  summary: "Lists the names that cells have declared.",
  usage:
    "%who\n%who TYPE…\n\nLists the names that cells have declared, or those of the given types: %who number Function",
  run({ line, assigned }, session) {
    const found = declared(session, line).map(([name]) => name);
    if (assigned) return found;
    session.print(found.length > 0 ? `${found.join("  ")}\n` : "No names have been declared.\n");
  },
};

export const whos: Magic = {
  name: "whos",
  kinds: ["line"],
  summary: "Lists the names that cells have declared, with types and values.",
  usage:
    "%whos\n%whos TYPE…\n\nLists the names that cells have declared, or those of the given types, with their values in short.",
  async run({ line }, session) {
    const found = declared(session, line);
    if (found.length === 0) return session.print("No names have been declared.\n");
    const rows = [
      ["Name", "Type", "Value"],
      ...found.map(([name, type, value]) => [name, type, session.text(value, 80)]),
    ];
    const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
    const widths = [width(0), width(1)];
    rows.splice(1, 0, ["-".repeat(widths[0]!), "-".repeat(widths[1]!), "-----"]);
    session.print(
      rows
        .map(([name, type, value]) => `${name!.padEnd(widths[0]!)}  ${type!.padEnd(widths[1]!)}  ${value}\n`)
        .join(""),
    );
  },
};

function declared(session: MagicSession, wanted: string): [name: string, type: string, value: unknown][] {
  const types = wanted.split(/[\s,]+/).filter(Boolean);
  const all = session
    .names()
    .sort()
    .flatMap((name): [string, string, unknown][] => {
      // A getter is not called to be listed.
      const property = Object.getOwnPropertyDescriptor(globalThis, name);
      return property && "value" in property ? [[name, typeOf(property.value), property.value]] : [];
    });
  return types.length === 0
    ? all
    : all.filter(([, type]) => types.some((each) => each.toLowerCase() === type.toLowerCase()));
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "Function";
  if (typeof value !== "object") return typeof value;
  try {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const maker: unknown = prototype && Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    return typeof maker === "function" && maker.name ? maker.name : "Object";
  } catch {
    return "Object";
  }
}
