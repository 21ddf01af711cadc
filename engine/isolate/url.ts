import type { HostLink } from "./host-link.ts";
import { URLSearchParams } from "./url-search-params.ts";

/** What the host's own URL parser says of a URL. */
interface UrlParts {
  href: string;
  origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  hash: string;
}

type Settable = Exclude<keyof UrlParts, "origin">;

/**
 * https://url.spec.whatwg.org/#url-class, on the host's parser: a parser of our own in every context would cost more than
 * all else in it.
 */
export function makeUrl(host: HostLink) {
  const parse = (...detail: (string | undefined)[]) => {
    const parts = host.url(JSON.stringify(detail));
    return parts === undefined ? undefined : (JSON.parse(parts) as UrlParts);
  };

  class URL {
    #parts: UrlParts;
    #searchParams: URLSearchParams | undefined;

    constructor(url: unknown, base?: unknown) {
      const parts = parse(String(url), base === undefined ? undefined : String(base));
      if (!parts)
        throw new TypeError(`Invalid URL: ${String(url)}${base === undefined ? "" : ` (base ${String(base)})`}`);
      this.#parts = parts;
    }

    static canParse(url: unknown, base?: unknown): boolean {
      return parse(String(url), base === undefined ? undefined : String(base)) !== undefined;
    }

    static parse(url: unknown, base?: unknown): URL | null {
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }

    get origin(): string {
      return this.#parts.origin;
    }

    get searchParams(): URLSearchParams {
      return (this.#searchParams ??= new URLSearchParams(this.#parts.search, (search) => this.#set("search", search)));
    }

    toString(): string {
      return this.#parts.href;
    }

    toJSON(): string {
      return this.#parts.href;
    }

    #set(name: Settable, value: string): void {
      const parts = parse(this.#parts.href, undefined, name, value);
      if (!parts && name === "href") throw new TypeError(`Invalid URL: ${value}`);
      this.#parts = parts ?? this.#parts;
    }

    static {
      const settable: Settable[] = [
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
      ];
      for (const name of settable) {
        Object.defineProperty(URL.prototype, name, {
          get(this: URL) {
            return this.#parts[name];
          },
          set(this: URL, value: unknown) {
            this.#set(name, String(value));
            if (name === "href" || name === "search") this.#searchParams?.replace(this.#parts.search);
          },
          enumerable: true,
          configurable: true,
        });
      }
      Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: "URL", configurable: true });
    }
  }

  return { URL, URLSearchParams };
}
