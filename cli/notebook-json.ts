/**
 * The part of JSON that TypeScript's library does not declare yet (https://tc39.es/proposal-json-parse-with-source).
 */
const exactJson = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

/**
 * The text of a notebook file as Python's nbformat writes it: one space of indentation, keys sorted by code point,
 * characters beyond ASCII as they are, and a newline at the end, so that tools of either language leave the same diff.
 */
export function stringifyNotebook(notebook: unknown): string {
  const parts: string[] = [];
  write(notebook, "\n", parts);
  parts.push("\n");
  return parts.join("");
}

function write(value: unknown, newline: string, parts: string[]): void {
  if (typeof value !== "object" || value === null || exactJson.isRawJSON(value)) {
    parts.push(JSON.stringify(value) ?? "null");
    return;
  }
  const deeper = `${newline} `;
  if (Array.isArray(value)) {
    if (value.length === 0) return void parts.push("[]");
    value.forEach((item, i) => {
      parts.push(i === 0 ? "[" : ",", deeper);
      write(item, deeper, parts);
    });
    return void parts.push(newline, "]");
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return void parts.push("{}");
  // Written by hand because an object always lists keys like "10" first, in the order of numbers.
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  entries.forEach(([key, item], i) => {
    parts.push(i === 0 ? "{" : ",", deeper, JSON.stringify(key), ": ");
    write(item, deeper, parts);
  });
  parts.push(newline, "}");
}

/**
 * Parses JSON without losing digits or changing how numbers are written: one that JavaScript would write in another way
 * (an integer beyond 2^53, Python's `1.0` and `1e-07`) stays as its own text and is written back as such.
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && source !== String(value) ? exactJson.rawJSON(source) : value,
  );
}
