import type { AbortSignal } from "./events.ts";
import { Body, readBody } from "./fetch-body.ts";
import { Headers } from "./headers.ts";
import { answered, type Requests } from "./requests.ts";

interface RequestInit {
  method?: string;
  headers?: unknown;
  body?: unknown;
  redirect?: "follow" | "error" | "manual";
  signal?: AbortSignal | null;
}

/** https://fetch.spec.whatwg.org/#request-class */
export class Request extends Body {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: "follow" | "error" | "manual";
  readonly signal: AbortSignal | null;

  constructor(input: unknown, init: RequestInit = {}) {
    const from = input instanceof Request ? input : undefined;
    const { bytes, type } = readBody(init.body);
    super(bytes ?? (from && Body.bytesOf(from)));
    this.url = from ? from.url : new URL(String(input)).href;
    this.method = String(init.method ?? from?.method ?? "GET").toUpperCase();
    this.headers = new Headers(init.headers ?? from?.headers);
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
    this.redirect = init.redirect ?? from?.redirect ?? "follow";
    this.signal = init.signal === undefined ? (from?.signal ?? null) : init.signal;
    if (bytes && (this.method === "GET" || this.method === "HEAD")) {
      throw new TypeError(`A ${this.method} request has no body.`);
    }
  }

  clone(): Request {
    return new Request(this);
  }

  get [Symbol.toStringTag](): string {
    return "Request";
  }
}

interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: unknown;
}

/** https://fetch.spec.whatwg.org/#response-class */
export class Response extends Body {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly type: string = "default";
  url = "";
  redirected = false;

  constructor(body?: unknown, init: ResponseInit = {}) {
    const { bytes, type } = readBody(body);
    super(bytes);
    this.status = Number(init.status ?? 200);
    if (!(this.status >= 200 && this.status <= 599))
      throw new RangeError(`${this.status} is not the status of a response.`);
    this.statusText = String(init.statusText ?? "");
    this.headers = new Headers(init.headers);
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  clone(): Response {
    const { status, statusText, headers } = this;
    return Object.assign(new Response(Body.bytesOf(this), { status, statusText, headers }), {
      url: this.url,
      redirected: this.redirected,
    });
  }

  static json(value: unknown, init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(JSON.stringify(value), { ...init, headers });
  }

  static error(): Response {
    return new Response(undefined, { status: 502 });
  }

  static redirect(url: unknown, status = 302): Response {
    return new Response(undefined, { status, headers: { location: String(url) } });
  }

  get [Symbol.toStringTag](): string {
    return "Response";
  }
}

interface Answer {
  url: string;
  status: number;
  statusText: string;
  headers: [string, string][];
  redirected: boolean;
}

/** `fetch` through the host, which decides what may be reached. */
export function makeFetch(requests: Requests) {
  return async function fetch(input: unknown, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    request.signal?.throwIfAborted();
    const { url, method, headers, redirect, signal } = request;
    const detail = JSON.stringify({ url, method, headers: [...headers], redirect });
    const sent = requests.ask("fetch", detail, Body.bytesOf(request)?.slice().buffer);
    const stop = () => sent.drop(signal!.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const { detail: text, body } = await answered(sent);
      const answer = JSON.parse(text) as Answer;
      const response = new Response(body, {
        status: answer.status,
        statusText: answer.statusText,
        headers: answer.headers,
      });
      return Object.assign(response, { url: answer.url, redirected: answer.redirected });
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  };
}
