const settable = [
  "href",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

/**
 * The parts of a URL as JSON, for an isolate that has no parser of its own (isolate/url.ts). Undefined where it is none.
 * @param detail JSON: [url, base?, name and value of a part to set?]
 */
export function urlParts(detail: string): string | undefined {
  try {
    const [text, base, name, value] = JSON.parse(detail) as [string, string?, string?, string?];
    const url = new URL(text, base ?? undefined);
    const part = settable.find((each) => each === name);
    if (part) url[part] = String(value);
    const parts = settable.map((each) => [each, url[each]]);
    return JSON.stringify({ ...Object.fromEntries(parts), origin: url.origin });
  } catch {
    return undefined;
  }
}
