import { makeConsole } from "./console.ts";
import { makeFused } from "./fused-global.ts";
import { makeHostFunctions } from "./host-functions.ts";
import type { HostLink } from "./host-link.ts";
import type { Modules } from "./modules.ts";
import type { Requests } from "./requests.ts";
import type { CurrentRun } from "./run-facts.ts";
import { makeTimers } from "./timers.ts";
import type { Travel } from "./travel.ts";

/** What the parts of an isolate share. */
export interface IsolateParts {
  requests: Requests;
  modules: Modules;
  travel: Travel;
  current: CurrentRun;
}

/** The globals that hold something of a run, by name; and how its timers and its clock are driven. */
export function makeRunGlobals(host: HostLink, parts: IsolateParts, logLimit: () => number) {
  const timers = makeTimers(host);
  const { performance, startClock } = makePerformance();
  const made: Record<string, unknown> = {
    ...timers.globals,
    performance,
    queueMicrotask(callback: unknown) {
      if (typeof callback !== "function") throw new TypeError("queueMicrotask needs a function.");
      void Promise.resolve().then(() => callback());
    },
  };
  const makers: Record<string, () => unknown> = {
    console: () => makeConsole(host, logLimit),
    fused: () => makeFused(parts.requests, makeHostFunctions(host, parts)),
  };
  return {
    timers,
    startClock,
    names: [...Object.keys(made), ...Object.keys(makers)],
    get: (name: string) => (made[name] ??= makers[name]?.()),
  };
}

export type RunGlobals = ReturnType<typeof makeRunGlobals>;

/**
 * Gives a fresh context its globals (fused-spec.md 2, "Worker globals"). Most are made when first used: a context is made
 * for each run, and few runs use many of them.
 */
export function installGlobals(host: HostLink, { requests, modules }: IsolateParts, own: RunGlobals): void {
  for (const name of own.names) define(name, own.get(name));
  define("require", modules.require);
  // Callbacks of a run that is over would run in the time of the next one. V8 never promises to call them.
  define("FinalizationRegistry", SilentFinalizationRegistry);

  const text = () => require("./text-coding.ts") as typeof import("./text-coding.ts");
  const events = () => require("./events.ts") as typeof import("./events.ts");
  const base64 = () => require("./base64.ts") as typeof import("./base64.ts");
  const urls = once(() => (require("./url.ts") as typeof import("./url.ts")).makeUrl(host));
  const fetching = () => require("./fetch.ts") as typeof import("./fetch.ts");
  lazily("TextEncoder", () => text().TextEncoder);
  lazily("TextDecoder", () => text().TextDecoder);
  lazily("URL", () => urls().URL);
  lazily("URLSearchParams", () => urls().URLSearchParams);
  lazily("atob", () => base64().atob);
  lazily("btoa", () => base64().btoa);
  lazily("Event", () => events().Event);
  lazily("EventTarget", () => events().EventTarget);
  lazily("AbortController", () => events().AbortController);
  lazily("AbortSignal", () => events().AbortSignal);
  lazily("DOMException", () => events().DOMException);
  lazily("Headers", () => (require("./headers.ts") as typeof import("./headers.ts")).Headers);
  lazily("Request", () => fetching().Request);
  lazily("Response", () => fetching().Response);
  lazily("fetch", () => fetching().makeFetch(requests));
  lazily("Blob", () => (require("./blob.ts") as typeof import("./blob.ts")).Blob);
  lazily("crypto", () => (require("./crypto.ts") as typeof import("./crypto.ts")).makeCrypto(host));
  lazily(
    "structuredClone",
    () => (require("./structured-clone.ts") as typeof import("./structured-clone.ts")).structuredClone,
  );
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}

function lazily(name: string, make: () => unknown): void {
  Object.defineProperty(globalThis, name, {
    get() {
      const value = make();
      define(name, value);
      return value;
    },
    set(value: unknown) {
      define(name, value);
    },
    enumerable: false,
    configurable: true,
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * V8 compiles WebAssembly on other threads and then waits for its own event loop, which an isolate has not. WebAssembly is no
 * part of a snapshot: each context needs this anew.
 */
export function compileAtOnce(): void {
  const { Module, Instance } = WebAssembly;
  const made = {
    compile: async (bytes: BufferSource) => new Module(bytes),
    instantiate: async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
      if (source instanceof Module) return new Instance(source, imports);
      const module = new Module(source);
      return { module, instance: new Instance(module, imports) };
    },
  };
  for (const [name, value] of Object.entries(made)) {
    Object.defineProperty(WebAssembly, name, { value, writable: true, enumerable: false, configurable: true });
  }
}

class SilentFinalizationRegistry {
  constructor(callback: unknown) {
    if (typeof callback !== "function") throw new TypeError("FinalizationRegistry: cleanup must be callable");
  }

  register(): void {}

  unregister(): boolean {
    return false;
  }
}

/** To the millisecond: V8 alone has no finer clock. Never goes back. */
function makePerformance() {
  let last = 0;
  const performance = {
    timeOrigin: 0,
    now: () => (last = Math.max(last, Date.now() - performance.timeOrigin)),
  };
  const startClock = () => {
    performance.timeOrigin = Date.now();
  };
  return { performance, startClock };
}
