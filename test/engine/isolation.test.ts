import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useEngine } from "./udf-fixture.ts";

const fixture = useEngine();
const { value, error } = fixture;

/** Finds, in whatever value, anything that belongs to Node or to isolated-vm: `hunt(value)` gives the path to it. */
const hunt = `
  const isForeign = (o: any) => {
    try {
      if (typeof o !== "object" && typeof o !== "function" || o === null) return false;
      const made = o.constructor && o.constructor !== o && o.constructor.constructor;
      if (made && made("return typeof process")() === "object") return true;
      return ["Reference", "ExternalCopy", "Callback", "Isolate", "Context", "Dereference", "Script", "NativeModule"].includes(o?.constructor?.name)
        || typeof o.applySync === "function" || typeof o.copyInto === "function" || typeof o.createContextSync === "function";
    } catch { return false }
  };
  const hunt = (...roots: any[]) => {
    const seen = new Set();
    const queue = roots.map((root, i) => [root, "root" + i] as [any, string]);
    while (queue.length > 0 && seen.size < 30000) {
      const [o, path] = queue.shift()!;
      if ((typeof o !== "object" && typeof o !== "function") || o === null || seen.has(o)) continue;
      seen.add(o);
      if (isForeign(o)) return path;
      try { queue.push([Object.getPrototypeOf(o), path + ".__proto__"]) } catch {}
      for (const key of Reflect.ownKeys(o)) {
        try {
          const d = Object.getOwnPropertyDescriptor(o, key)!;
          for (const part of ["value", "get", "set"] as const) if (part in d) queue.push([d[part], path + "." + String(key)]);
          if (d.get) queue.push([o[key], path + "." + String(key)]);
        } catch {}
      }
    }
    return "nothing in " + (seen.size > 300 ? "many" : seen.size);
  };
`;
const hunting = (code: string) => `async () => {${hunt}${code}}`;

describe("F005 nothing of Node is there", () => {
  const absent = [
    "process",
    "Buffer",
    "global",
    "module",
    "exports",
    "__filename",
    "__dirname",
    "setUncaughtException",
    "ivm",
    "isolate",
    "$fused_control",
    "_ivm",
    "Deno",
    "Bun",
    "XMLHttpRequest",
    "WebSocket",
    "Worker",
    "importScripts",
    "localStorage",
    "gc",
  ];
  test("no such global", async () => {
    const source = `() => [${absent.map((name) => `typeof ${name}`).join(",")}]`;
    assert.deepEqual(
      await value(source),
      absent.map(() => "undefined"),
    );
  });

  test("the globals are those we give and those of the language", async () => {
    const names = (await value("() => Object.getOwnPropertyNames(globalThis)")) as string[];
    const known = Object.getOwnPropertyNames(globalThis);
    assert.deepEqual(
      names.filter((name) => !known.includes(name)),
      ["fused", "require"],
    );
  });

  test("everything reachable from the global object belongs to the isolate", async () => {
    assert.equal(
      await value(hunting("return hunt(globalThis, fused, console, require, fetch, crypto)")),
      "nothing in many",
    );
  });
});

/** Each tries to reach the host; what comes back must be "undefined" or an error, never something of Node. */
const attempts: Record<string, string> = {
  "constructor of a plain object": `() => typeof ({}).constructor.constructor("return this")().process`,
  "constructor of this": `function () { return typeof (function () { return this })?.constructor("return this")().process }`,
  "Function constructor": `() => typeof Function("return process")()`,
  "async function constructor": `async () => typeof (await (async () => {}).constructor("return process")())`,
  "generator function constructor": `() => typeof (function* () {}).constructor("return process")().next().value`,
  "async generator function constructor": `async () => typeof (await (async function* () {}).constructor("yield process")().next()).value`,
  "indirect eval": `() => typeof (0, eval)("process")`,
  "eval of a native import": `async () => typeof (await (0, eval)("import('fs')")).readFileSync`,
  "native import through Function": `async () => typeof (await new Function("return import('node:fs')")()).readFileSync`,
  "import of a built-in": `async () => typeof (await import("node:fs")).readFileSync`,
  "import of a path": `async () => typeof (await import("/etc/passwd")).default`,
  "import of a file URL": `async () => typeof (await import("file:///etc/passwd")).default`,
  "import of a data URL": `async () => typeof (await import("data:text/javascript,export default process")).default`,
  "import up a folder": `async () => typeof (await import("vega-datasets/data/../../../package.json")).default`,
  "import up a folder, encoded": `async () => typeof (await import("world-atlas/..%2f..%2fpackage.json")).default`,
  "import of an object that changes its name": `async () => { let n = 0; const o: any = { toString: () => n++ ? "fs" : "h3-js" }; return typeof (await import(o)).readFileSync }`,
  "import of __proto__": `async () => typeof (await import("__proto__")).default`,
  "import of constructor": `async () => typeof (await import("constructor")).default`,
  "a dataset up a folder": `async () => typeof (await fused.dataset("../package.json"))`,
  "a dataset at a path": `async () => typeof (await fused.dataset("/etc/passwd"))`,
  "require of a built-in": `() => typeof require("child_process").execSync`,
  "require's own members": `() => typeof (require as any).main + typeof (require as any).cache + typeof (require as any).extensions`,
  "process.binding through require": `() => typeof (require as any)("process").binding`,
  "import.meta": `() => typeof (import.meta as any).resolve + typeof (import.meta as any).dirname`,
  "constructor of fetch": `async () => typeof (await (fetch as any).constructor("return process")())`,
  "constructor of console.log": `() => typeof (console.log as any).constructor("return process")()`,
  "constructor of setTimeout": `() => typeof (setTimeout as any).constructor("return process")()`,
  "constructor of fused": `() => typeof (fused as any).constructor.constructor("return process")()`,
  "constructor of a thrown host error": `async () => { try { await import("fs") } catch (e: any) { return typeof e.constructor.constructor("return process")() } }`,
  "constructor of a fetch error": `async () => { try { await fetch("http://127.0.0.1/") } catch (e: any) { return typeof e.constructor.constructor("return process")() } }`,
  "constructor of a stack overflow": `() => { const f = (): any => f(); try { f() } catch (e: any) { return typeof e.constructor.constructor("return process")() } }`,
  "constructor of a promise of the host": `async () => { const p = fused.dataset("airports.csv"); return typeof (p as any).constructor.constructor("return process")() }`,
  "constructor of bytes of the host": `async () => typeof ((await fused.dataset("airports.csv")) as any).constructor.constructor("return process")()`,
  "constructor of random bytes": `() => typeof (crypto.getRandomValues(new Uint8Array(4)).buffer as any).constructor.constructor("return process")()`,
  "constructor of a parameter": `({ given }) => typeof given.constructor.constructor("return process")()`,
  "arguments.callee.caller": `() => { const f = new Function("return arguments.callee.caller"); return typeof f()?.constructor?.("return process")() }`,
  "caller of a sloppy function called by a timer": `() => new Promise((resolve) => { const f = new Function("r", "r(typeof arguments.callee.caller?.arguments)"); setTimeout(f, 1, resolve) })`,
  "a WebAssembly import": `() => { let got: any; const b = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,2,7,1,1,109,1,102,0,0,8,1,0]); new WebAssembly.Instance(new WebAssembly.Module(b), { m: { f: function (this: any) { got = this } } }); return typeof got?.process }`,
  "Symbol.species of an array": `() => { class A extends Array { static get [Symbol.species]() { return function () { return globalThis } as any } } return typeof (new A(1).map((x) => x) as any).process }`,
  "with and Proxy has-trap": `() => { const seen: any[] = []; new Function("p", "with (p) { process }").call(null, new Proxy({}, { has: (_, k) => { seen.push(k); return false } })) }`,
  "a setter on Object.prototype that catches internals": `async () => { const got: any[] = []; for (const k of ["handler", "context", "control", "tell", "ask", "host", "resolve", "reject", "detail"]) Object.defineProperty(Object.prototype, k, { set(v) { got.push(v) }, get() { got.push(this) }, configurable: true }); await fused.dataset("airports.csv"); return got.some((g) => typeof g?.constructor?.constructor?.("return process") === "object") ? "caught" : "undefined" }`,
  "delete and re-read a lazy global": `() => { const names = ["fetch", "crypto", "URL", "console"]; for (const n of names) delete (globalThis as any)[n]; return names.map((n) => typeof (globalThis as any)[n]).join("") }`,
  "a getter on the result": `() => ({ get a() { return typeof (this as any).constructor.constructor("return process")() } })`,
};

describe("ways out of an isolate give nothing", () => {
  for (const [name, source] of Object.entries(attempts)) {
    test(name, async () => {
      const outcome = await fixture.run(source, { given: { a: [1] } }, { limits: { timeoutMs: 5000 } });
      if (outcome.status === "ok") {
        const text = typeof outcome.value === "object" ? JSON.stringify(outcome.value) : String(outcome.value);
        assert.doesNotMatch(text, /object|function|caught/, `${name} gave ${text}`);
      } else assert.match(outcome.error.message, /./);
    });
  }

  test("Error.prepareStackTrace sees no function and no receiver of ours", async () => {
    const source = hunting(`
      const got: any[] = [];
      Error.prepareStackTrace = (error, sites) => {
        for (const site of sites) {
          for (const name of ["getThis", "getFunction", "getTypeName", "getEvalOrigin", "getScriptNameOrSourceURL"] as const) {
            try { got.push((site as any)[name]()) } catch (e) { got.push(e) }
          }
        }
        got.push(sites);
        return "";
      };
      Error.stackTraceLimit = 100;
      const look = () => void new Error("x").stack;
      look();
      [1].forEach(look);
      await new Promise<void>((resolve) => setTimeout(() => { look(); resolve() }, 1));
      try { await fetch("http://127.0.0.1:1/") } catch (e: any) { void e.stack }
      try { console.log({ get a() { look(); return 1 }, toString() { look(); return "" } }, new Proxy({}, { get: look as any, ownKeys: () => { look(); return [] } })) } catch {}
      try { await import("fs") } catch (e: any) { void e.stack }
      const functions = got.filter((g) => typeof g === "function").map((f) => String(f));
      return [hunt(...got), functions.some((text) => !/look|hunt|got/.test(text))];`);
    const [found, hasOurs] = (await value(source)) as [string, boolean];
    assert.match(found, /^nothing/);
    assert.equal(hasOurs, false);
  });

  test("hooks on every method of the built-ins see nothing of the host", async () => {
    const source = hunting(`
      const got = new Set<any>();
      const classes = [Object, Function, Array, Promise, Map, Set, String, Number, ArrayBuffer, Uint8Array, Object.getPrototypeOf(Uint8Array), Error, JSON, Reflect, Symbol];
      for (const holder of classes.flatMap((c: any) => [c, c.prototype]).filter(Boolean)) {
        for (const key of Reflect.ownKeys(holder)) {
          const d = Object.getOwnPropertyDescriptor(holder, key)!;
          if (typeof d.value !== "function" || !d.configurable || key === "constructor" || classes.includes(d.value)) continue;
          const original = d.value, apply = Reflect.apply, add = Set.prototype.add;
          try { Object.defineProperty(holder, key, { ...d, value: function (this: any, ...values: any[]) { if (got.size < 5000) { apply(add, got, [this]); for (let i = 0; i < values.length; i++) apply(add, got, [values[i]]) } return apply(original, this, values) } }) } catch {}
        }
      }
      console.log({ a: 1 });
      await fused.dataset("airports.csv");
      try { await fetch("http://10.0.0.1/") } catch {}
      crypto.randomUUID();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return hunt(...[...got].slice(0, 3000));`);
    assert.match(String(await value(source, {}, { limits: { timeoutMs: 20_000 } })), /^nothing in many/);
  });

  test("a result that watches how it is read sees nothing of the host", async () => {
    const source = `() => {
      const got: any[] = [];
      const watch: any = new Proxy({}, { get(target, key, self) { got.push(self); return undefined }, ownKeys: () => { got.push(new Error().stack); return ["a"] }, getOwnPropertyDescriptor: () => ({ value: got.map((g) => typeof g?.process), enumerable: true, configurable: true }) });
      Object.defineProperty(Object.prototype, "then", { get() { got.push(this); return undefined }, configurable: true });
      Object.defineProperty(Object.prototype, "transferOut", { get() { got.push(this); return false }, configurable: true });
      Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), "buffer", { get() { got.push(this); return new ArrayBuffer(8) }, configurable: true });
      return { watch, big: new Uint8Array(10000), seen: got };
    }`;
    const outcome = await fixture.run(source);
    const text = outcome.status === "ok" ? JSON.stringify(outcome.value) : outcome.error.message;
    assert.doesNotMatch(text, /"object"|native code/);
  });
});

describe("bombs end as errors, and the next run works", () => {
  const bombs: Record<string, [source: string, kinds: string[]]> = {
    "an endless loop": ["() => { for (;;); }", ["timeout"]],
    "an endless loop that catches": ["() => { for (;;) try { for (;;); } catch {} }", ["timeout"]],
    "an endless loop of microtasks": ["async () => { for (;;) await null }", ["timeout"]],
    "an endless loop after an await": [
      "async () => { await new Promise((r) => setTimeout(r, 5)); for (;;); }",
      ["timeout"],
    ],
    "an endless loop in a timer": ["() => new Promise(() => setTimeout(() => { for (;;); }, 1))", ["timeout"]],
    "an endless loop in a getter of the result": ["() => ({ get a() { for (;;); } })", ["timeout"]],
    "an endless loop in toString of what is logged": [
      "() => { console.log('%s', { [Symbol.toPrimitive]() { for (;;); }, toString() { for (;;); } , get a() { for (;;); } }); for (;;); }",
      ["timeout"],
    ],
    "an endless loop in a thrown object": [
      "() => { throw { get message() { for (;;); }, get constructor() { for (;;); } } }",
      ["timeout", "runtime"],
    ],
    "a promise that never comes": ["() => new Promise(() => {})", ["timeout"]],
    "a catastrophic regular expression": ["() => /(a+)+$/.test('a'.repeat(60) + 'b')", ["timeout"]],
    "Atomics.wait": ["() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)", ["timeout"]],
    "an array without end": ["() => { const a = []; for (;;) a.push({ x: [a.length] }) }", ["memory", "timeout"]],
    "buffers without end": ["() => { const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1)) }", ["memory"]],
    "a map without end": [
      "() => { const m = new Map(); for (let i = 0; ; i++) m.set('k' + i, i) }",
      ["memory", "timeout"],
    ],
    "a string without end": ["() => { let s = 'x'; for (;;) s += s }", ["runtime", "memory"]],
    "WebAssembly memory": [
      "() => { const m = []; for (;;) m.push(new WebAssembly.Memory({ initial: 1000 })) }",
      ["timeout", "memory", "runtime"],
    ],
    "a proxy as its own prototype trap": [
      "() => { const p: any = new Proxy({}, { getPrototypeOf: () => p, ownKeys: () => { throw p } }); throw p }",
      ["runtime"],
    ],
    "a nest without end in the result": [
      "() => { let a: any = []; for (let i = 0; i < 1e5; i++) a = [a]; return a }",
      ["serialization"],
    ],
    "a getter that nests without end": [
      "() => { const n = (): any => ({ get a() { return n() } }); return n() }",
      ["serialization"],
    ],
    "a flood of timers": ["() => { for (let i = 0; i < 1e5; i++) setTimeout(() => {}, 1e6); for (;;); }", ["timeout"]],
    "a flood of requests": [
      "() => { for (let i = 0; i < 1e4; i++) fetch('http://10.0.0.' + i % 250).catch(() => {}); return new Promise(() => {}) }",
      ["timeout"],
    ],
    "a flood of output": ["() => { for (;;) console.log('x'.repeat(1e4)) }", ["timeout"]],
  };
  for (const [name, [source, kinds]] of Object.entries(bombs)) {
    test(name, async () => {
      const { kind, message } = await error(source, {}, { limits: { timeoutMs: 600, memoryMb: 128 } });
      assert.ok(kinds.includes(kind), `${kind}: ${message}`);
      assert.equal(await value("() => 1 + 1"), 2);
    });
  }

  test("the errors of time and memory say which limit it was", async () => {
    assert.match(
      (await error("() => { for (;;); }", {}, { limits: { timeoutMs: 100 } })).message,
      /longer than 0\.1 s, its time limit, and was ended/,
    );
    const memory = await error(
      "() => { const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1)) }",
      {},
      { limits: { memoryMb: 64 } },
    );
    assert.match(memory.message, /more than 64 MB of memory, its limit, and was ended/);
  });
});
