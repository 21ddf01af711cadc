/** https://fetch.spec.whatwg.org/#headers-class */
export class Headers {
  #values = new Map<string, string[]>();

  constructor(init?: unknown) {
    if (typeof init !== "object" || init === null) return;
    const pairs = Symbol.iterator in init ? (init as Iterable<[unknown, unknown]>) : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name: unknown, value: unknown): void {
    const key = headerName(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), headerValue(value)]);
  }

  set(name: unknown, value: unknown): void {
    this.#values.set(headerName(name), [headerValue(value)]);
  }

  get(name: unknown): string | null {
    return this.#values.get(headerName(name))?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return this.#values.get("set-cookie") ?? [];
  }

  has(name: unknown): boolean {
    return this.#values.has(headerName(name));
  }

  delete(name: unknown): void {
    this.#values.delete(headerName(name));
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    const names = [...this.#values.keys()].sort();
    for (const name of names) yield [name, this.#values.get(name)!.join(", ")];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }
}

function headerName(name: unknown): string {
  const text = String(name).toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(text)) throw new TypeError(`"${text}" is not a header name.`);
  return text;
}

function headerValue(value: unknown): string {
  const text = String(value).trim();
  if (/[\0\r\n]/.test(text)) throw new TypeError("A header value has no line breaks.");
  return text;
}
