/** An address in a query that stands where a table does. */
export interface FileMention {
  url: string;
  /** Where the literal with its quotes stands in the query. */
  start: number;
  end: number;
  /** Lower-case name of the function that reads it, where one does. */
  reader: string | undefined;
}

const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$|[\p{L}_][\p{L}\p{N}_$.]*|\d[\w.]*|\s+|[\s\S]/gu;
const address = /^(https?|s3|gs|gcs|fd):\/\//i;

/**
 * The addresses that a query reads as tables: after `from` or `join`, and in functions such as `read_parquet`. An address
 * anywhere else is text.
 */
export function findFiles(query: string): FileMention[] {
  const found: FileMention[] = [];
  /** What opened each bracket that is open: the name before it. */
  const open: string[] = [];
  let previous = "";
  let wasTable = false;
  for (const { 0: text, index } of query.matchAll(token)) {
    if (/^(\s|--|\/\*)/.test(text)) continue;
    const word = text.toLowerCase();
    let isTable = false;
    if (text.startsWith("'")) {
      const url = text.slice(1, -1).replaceAll("''", "'");
      const reader = open.findLast((name) => name !== "");
      const isRead = reader !== undefined && /^(read_|parquet_|sniff_csv)/.test(reader);
      isTable = isRead || ["from", "join"].includes(previous) || (previous === "," && wasTable);
      if (isTable && address.test(url)) {
        found.push({ url, start: index, end: index + text.length, reader: isRead ? reader : undefined });
      }
    } else if (word === "(" || word === "[") {
      open.push(/^[\p{L}_]/u.test(previous) ? previous : "");
    } else if (word === ")" || word === "]") open.pop();
    if (word !== ",") wasTable = isTable;
    previous = word;
  }
  return found;
}
