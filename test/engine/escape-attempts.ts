/**
 * Ways out of a sandbox that have worked somewhere: escapes published for vm2, for Node's vm, and mistakes that programs
 * with isolated-vm have made, rewritten so that each ends with `leaked(x)` of what it got hold of. `leaked` tells whether
 * that leads to anything of Node. isolation.test.ts has the ways that aim at this engine's own code.
 */
export const leaked = `
  const Fn = Function, own = Object.prototype.hasOwnProperty;
  const leaked = (...got: any[]): string => {
    for (const each of got) {
      const tries: any[] = [() => each, () => each?.process, () => each?.mainModule, () => each?.constructor?.constructor?.("return process")(), () => each?.("return process")(), () => each?.("return process"), () => each?.constructor?.("return process")(), () => each?.__proto__?.constructor?.constructor?.("return process")()];
      for (const attempt of tries) {
        let found: any;
        try { found = attempt() } catch { continue }
        try { if (typeof found === "object" && found !== null && (typeof found.binding === "function" || typeof found.pid === "number" || typeof found.mainModule === "object" || typeof found.readFileSync === "function")) return "ESCAPED" } catch {}
        try { if (typeof found?.require === "function" && found.require !== require) return "ESCAPED" } catch {}
      }
    }
    return "contained";
  };
`;

/** Name, and a body that may await and returns `leaked(…)`. */
export const escapes: [name: string, body: string][] = [
  // vm2, by advisory or by the part of the proxy bridge that they got round.
  [
    "vm2: constructor of the sandbox's this",
    `return leaked((function (this: any) { return this }).call(undefined), globalThis.constructor)`,
  ],
  [
    "vm2 #32: arguments.callee.caller of a host callback",
    `let got: any; const f = new Fn("g", "g(arguments.callee.caller)"); setTimeout(f, 0, (x: any) => { got = x }); await new Promise((r) => setTimeout(r, 5)); return leaked(got, got?.constructor)`,
  ],
  [
    "vm2 #138: a host error of Buffer's",
    `try { (globalThis as any).Buffer.from("x", "nonsense" as any) } catch (e: any) { return leaked(e, e.constructor) } return "contained"`,
  ],
  [
    "vm2 #175: a stack overflow in the host while it converts",
    `let got: any; const deep = (n: number): any => { try { return deep(n + 1) } catch (e) { try { console.log({ toString: null, [Symbol.for("nodejs.util.inspect.custom")]: (...a: any[]) => { got = a } }) } catch (h) { got = h } } }; deep(0); return leaked(got, ...(Array.isArray(got) ? got : []))`,
  ],
  [
    "vm2 #177: Object.defineProperty traps see host objects",
    `const got: any[] = []; const p: any = new Proxy({}, { defineProperty(t, k, d) { got.push(t, d, d.value); return true } }); try { Object.assign(p, await fused.dataset("airports.csv")) } catch (e) { got.push(e) } return leaked(...got)`,
  ],
  [
    "vm2 #179: a getter in the prototype of what the host reads",
    `const got: any[] = []; Object.defineProperty(Object.prototype, "value", { get(this: any) { got.push(this); return undefined }, set() {}, configurable: true }); try { console.log({}); await fused.dataset("airports.csv") } catch (e) { got.push(e) } delete (Object.prototype as any).value; return leaked(...got)`,
  ],
  [
    "vm2 #184: Array.prototype.slice replaced for the bridge",
    `const got: any[] = []; const slice = Array.prototype.slice; Array.prototype.slice = function (this: any, ...a: any[]) { got.push(this, ...a); return slice.apply(this, a as any) }; console.log([1]); try { await fetch("http://10.0.0.1/") } catch (e) { got.push(e) } Array.prototype.slice = slice; return leaked(...got)`,
  ],
  [
    "vm2 #185: WeakMap.prototype methods replaced",
    `const got: any[] = []; for (const k of ["get", "set", "has"] as const) { const o: any = WeakMap.prototype[k]; (WeakMap.prototype as any)[k] = function (this: any, ...a: any[]) { got.push(this, ...a); return o.apply(this, a) } } console.log({}); await new Promise((r) => setTimeout(r, 1)); return leaked(...got)`,
  ],
  [
    "vm2 #186: instanceof by Symbol.hasInstance",
    `const got: any[] = []; class A { static [Symbol.hasInstance](x: any) { got.push(x); return true } } Object.defineProperty(Error, Symbol.hasInstance, { value: A[Symbol.hasInstance], configurable: true }); try { await import("fs") } catch (e) { got.push(e) } return leaked(...got)`,
  ],
  [
    "vm2 #187: getOwnPropertyDescriptor of a host function",
    `const d = Object.getOwnPropertyDescriptors(console.log); return leaked(...Object.values(d).flatMap((x: any) => [x, x.value, x.get]))`,
  ],
  [
    "vm2 #197: valueOf and toPrimitive called by the host",
    `const got: any[] = []; const o: any = { valueOf(...a: any[]) { got.push(this, a, new Error()); return 1 }, [Symbol.toPrimitive](...a: any[]) { got.push(...a); return 1 } }; try { setTimeout(() => {}, o); crypto.getRandomValues(o) } catch (e) { got.push(e) } return leaked(...got)`,
  ],
  [
    "vm2 #199: a Proxy as this of a host function",
    `const got: any[] = []; const p = new Proxy(function () {}, { get(t, k, r) { got.push(t, r); return undefined }, apply(t, th, a) { got.push(th, ...a); } }); for (const f of [console.log, fetch, setTimeout] as any[]) { try { f.call(p, p) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "vm2 #224: __lookupGetter__ up to Object.prototype's",
    `const g = (Buffer: any) => Buffer?.__lookupGetter__?.("__proto__"); const up: any = (Object.prototype as any).__lookupGetter__("__proto__"); return leaked(up?.call(console.log), up?.call(up?.call(fetch)), g(fetch))`,
  ],
  [
    "vm2 #225: import() in the sandbox",
    `try { return leaked(await new Fn("return import('child_process')")()) } catch (e: any) { return leaked(e, e.constructor) }`,
  ],
  [
    "vm2 #241: a Promise subclass whose species is ours",
    `const got: any[] = []; class P extends Promise<any> { constructor(f: any) { super((a, b) => f((x: any) => { got.push(x); a(x) }, (x: any) => { got.push(x); b(x) })) } static get [Symbol.species]() { return P } } const p: any = fetch("http://10.0.0.1/"); Object.setPrototypeOf(p, P.prototype); try { p.constructor = P; await p.then((x: any) => x) } catch (e) { got.push(e) } return leaked(...got)`,
  ],
  [
    "vm2 #268: an async error of the host, caught with then",
    `let got: any; await (fetch as any)({ toString() { throw 1 } }).then(() => {}, (e: any) => { got = e }); return leaked(got, got?.constructor)`,
  ],
  [
    "vm2 #285: Error.prepareStackTrace of an async frame",
    `const got: any[] = []; Error.prepareStackTrace = (e, s) => { got.push(...s.map((x: any) => { try { return x.getThis() ?? x.getFunction() } catch (h) { return h } }), ...s); return "" }; await new Promise((r) => setTimeout(() => { void new Error().stack; r(0) }, 1)); Error.prepareStackTrace = undefined as any; return leaked(...got)`,
  ],
  [
    "vm2 CVE-2019-10761: RangeError of the host at the stack's end",
    `let got: any; const f = (): any => { try { f() } catch (e) { got = e } }; const g = (n: number): any => { try { console.log("%o", { n }); return n > 0 ? g(n - 1) : f() } catch (e) { got = e } }; g(50); return leaked(got, got?.constructor, got?.constructor?.constructor)`,
  ],
  [
    "vm2 CVE-2021-23449: prototype pollution through a host call",
    `const o = JSON.parse('{"__proto__": {"polluted": 1}}'); console.log(o); return leaked((({} as any).polluted), Object.getPrototypeOf(o))`,
  ],
  [
    "vm2 CVE-2021-23555: Error.prepareStackTrace set on a subclass",
    `const got: any[] = []; class E extends Error { static prepareStackTrace(e: any, s: any) { got.push(e, s, ...s) } } try { void new E().stack; (null as any).x } catch (e: any) { void e.stack; got.push(e) } return leaked(...got)`,
  ],
  [
    "vm2 CVE-2022-25893: WeakMap.prototype.set override",
    `const got: any[] = []; const set = WeakMap.prototype.set; WeakMap.prototype.set = function (this: any, k: any, v: any) { got.push(this, k, v); return set.call(this, k, v) } as any; Error.prepareStackTrace = (_, c) => { got.push(...c); return "" }; try { void (new Error()).stack } catch (e) { got.push(e) } return leaked(...got)`,
  ],
  [
    "vm2 CVE-2022-36067 (SandBreak): a fresh Error with its own prepareStackTrace",
    `const got: any[] = []; const old = Error; (globalThis as any).Error = { prepareStackTrace(e: any, f: any) { got.push(f, ...f.map((x: any) => { try { return x.getThis() } catch (h) { return h } })); return e } }; try { (null as any).x } catch (e: any) { void e.stack; got.push(e) } (globalThis as any).Error = old; return leaked(...got)`,
  ],
  [
    "vm2 CVE-2023-29017: prepareStackTrace of an unhandled rejection",
    `const got: any[] = []; Error.prepareStackTrace = (e, s) => { got.push(e, s); got.push(...s.map((x: any) => { try { return x.getThis() } catch (h) { return h } })); return "" }; const f = async () => { (undefined as any).x }; f().catch((e) => { got.push(e, e.stack) }); await new Promise((r) => setTimeout(r, 2)); return leaked(...got)`,
  ],
  [
    "vm2 CVE-2023-29199: an exception that the transformer did not wrap",
    `const aVM2 = {}; try { const o: any = {}; o[Symbol.toStringTag] = ""; throw o } catch ($tmpname: any) { return leaked($tmpname, aVM2, $tmpname.constructor) }`,
  ],
  [
    "vm2 CVE-2023-30547: getPrototypeOf trap in a caught exception",
    `const got: any[] = []; const handler = { getPrototypeOf(t: any) { (function stack(): any { new Error().stack; stack() })(); return null } }; const p = new Proxy({}, handler); try { throw p } catch (e: any) { try { void (e instanceof Error) } catch (h: any) { got.push(h, h.constructor, h.constructor?.constructor) } } return leaked(...got)`,
  ],
  [
    "vm2 CVE-2023-32314: a Function made from a proxy's target",
    `const got: any[] = []; const e = new Error(); (e as any).name = new Proxy({}, { get(t, k, r) { got.push(t, r); return undefined }, apply(t, a, b) { got.push(a, b) } }); try { void e.stack } catch (h: any) { got.push(h, h.constructor) } try { throw e } catch (x) { got.push(x) } return leaked(...got)`,
  ],
  [
    "vm2 CVE-2023-32313: the inspect method of console",
    `const got: any[] = []; (console as any).inspect = 1; try { console.log({ [Symbol.for("nodejs.util.inspect.custom")](...a: any[]) { got.push(...a); return a } }) } catch (e) { got.push(e) } return leaked(...got, ...got.map((x) => x?.constructor))`,
  ],
  [
    "vm2 CVE-2023-37466: Promise handler with a species constructor",
    `const got: any[] = []; async function fn() { const e: any = new Error(); e.name = Symbol(); return e.stack } const p: any = fn(); p.constructor = { [Symbol.species]: class { constructor(ex: any) { ex((x: any) => got.push(x), (x: any) => got.push(x, x?.constructor)) } } }; p.then(); await new Promise((r) => setTimeout(r, 2)); return leaked(...got, ...got.map((x) => x?.constructor?.constructor))`,
  ],
  [
    "vm2 CVE-2023-37903: a custom inspect function called with the host's inspect",
    `const got: any[] = []; const o = { [Symbol.for("nodejs.util.inspect.custom")]: (depth: any, opt: any, inspect: any) => { got.push(depth, opt, inspect, inspect?.constructor) }, valueOf: undefined, constructor: undefined }; try { await (WebAssembly as any).compileStreaming(o) } catch (e) { got.push(e) } console.log(o); console.dir?.(o); console.table?.([o]); return leaked(...got)`,
  ],
  [
    "vm2: a host function as constructor (Reflect.construct)",
    `const got: any[] = []; for (const f of [fetch, setTimeout, console.log, require, crypto.getRandomValues] as any[]) { try { got.push(Reflect.construct(Object, [], f), Reflect.construct(f, ["x"])) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "vm2: allow_eval by an Array of source",
    `try { return leaked((0, eval)("this.process"), (0, eval)(["process"] as any)) } catch (e) { return leaked(e) }`,
  ],
  [
    "vm2: Symbol.unscopables and with",
    `const got: any[] = []; new Fn("o", "got", "with (o) { try { got.push(process) } catch (e) { got.push(e) } }")(new Proxy({}, { has: (t, k) => k !== "got", get: (t, k) => (k === Symbol.unscopables ? undefined : (globalThis as any)[k]) }), got); return leaked(...got)`,
  ],
  [
    "vm2: JSON.stringify and toJSON of what the host writes",
    `const got: any[] = []; (Object.prototype as any).toJSON = function (this: any, ...a: any[]) { got.push(this, ...a); return {} }; try { await fused.dataset("airports.csv"); console.log({}) } catch (e) { got.push(e) } delete (Object.prototype as any).toJSON; return leaked(...got)`,
  ],
  [
    "vm2: then of the global prototype catches what the host resolves",
    `const got: any[] = []; Object.defineProperty(Object.prototype, "then", { configurable: true, get(this: any) { got.push(this); return undefined } }); try { await fused.dataset("airports.csv") } catch (e) { got.push(e) } delete (Object.prototype as any).then; return leaked(...got)`,
  ],
  // Node's vm.
  [
    "vm: this.constructor.constructor",
    `return leaked((globalThis as any).constructor?.constructor, ({}).constructor.constructor)`,
  ],
  [
    "vm: Array.constructor of a parameter",
    `return leaked(given, given.constructor, given.a.constructor.constructor, given.a.map.constructor)`,
  ],
  [
    "vm: console of the context",
    `return leaked(console, (console as any)._stdout, (console as any).Console, (console.log as any).constructor)`,
  ],
  [
    "vm: process through a timer's return value",
    `const t: any = setTimeout(() => {}, 1); return leaked(t, t?.constructor, t?._onTimeout, t?.ref, t?.unref?.())`,
  ],
  [
    "vm: host promise's constructor",
    `const p: any = fused.dataset("airports.csv"); return leaked(p.constructor, p.then.constructor, (await p).constructor)`,
  ],
  [
    "vm: importModuleDynamically default",
    `const names = ["node:process", "process", "node:vm", "node:worker_threads", "node:module", "node:inspector", "isolated-vm"]; const got: any[] = []; for (const n of names) { try { got.push(await import(n), (await import(n)).default) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "vm: getBuiltinModule",
    `return leaked((globalThis as any).process?.getBuiltinModule?.("fs"), (globalThis as any).getBuiltinModule)`,
  ],
  [
    "vm: process.binding through constructor chain",
    `return leaked(Fn("return this.process && this.process.binding('spawn_sync')")())`,
  ],
  [
    "vm: mainModule.require",
    `try { return leaked(Fn("return process.mainModule.require('child_process')")()) } catch (e) { return leaked(e) }`,
  ],
  [
    "vm: an error thrown by a host getter",
    `try { void (fused as any).secrets["\\u0000"]; void (fused.context as any).nothing.x } catch (e: any) { return leaked(e, e.constructor) } return "contained"`,
  ],
  [
    "vm: a generator's return through the host",
    `function* g() { yield 1 } const it: any = g(); return leaked(it.constructor, it.__proto__.__proto__.constructor, Object.getPrototypeOf(g).constructor("return process")().next().value)`,
  ],
  [
    "vm: globalThis of a SharedArrayBuffer's realm",
    `return leaked(new SharedArrayBuffer(8).constructor.constructor, (globalThis as any).Atomics?.constructor)`,
  ],
  [
    "vm: FinalizationRegistry callback's this",
    `let got: any; const r = new FinalizationRegistry(function (this: any) { got = this }); r.register({}, 1); await new Promise((x) => setTimeout(x, 5)); return leaked(got, (r as any).constructor)`,
  ],
  [
    "vm: ShadowRealm",
    `const S: any = (globalThis as any).ShadowRealm; if (!S) return "contained"; return leaked(new S().evaluate("typeof process"), await new S().importValue("fs", "readFileSync"))`,
  ],
  [
    "vm: async stack of a host callback",
    `let got: any; const f = () => new Promise((r) => setTimeout(() => { got = new Error("x"); r(0) }, 1)); await f(); return /node:internal|\\/engine\\//.test(got.stack) ? "ESCAPED " + got.stack : leaked(got)`,
  ],
  // Programs with isolated-vm.
  [
    "ivm: a Reference left on the global object",
    `const got: any[] = []; for (const k of Reflect.ownKeys(globalThis)) { const v: any = (globalThis as any)[k]; if (typeof v?.applySync === "function" || typeof v?.deref === "function" && !(v instanceof WeakRef)) got.push(k) } return got.length ? "ESCAPED " + String(got) : "contained"`,
  ],
  [
    "ivm: the module itself passed in",
    `return leaked((globalThis as any).ivm, (globalThis as any)._ivm, (globalThis as any).isolatedVm, (globalThis as any).$ivm, (globalThis as any).Reference, (globalThis as any).Isolate)`,
  ],
  [
    "ivm: a Reference's prototype through a host function's properties",
    `const seen = new Set<any>(); const walk = (o: any, d: number): boolean => { if (d > 4 || o === null || (typeof o !== "object" && typeof o !== "function") || seen.has(o)) return false; seen.add(o); if (typeof o.applySyncPromise === "function") return true; return Reflect.ownKeys(o).some((k) => { try { return walk(o[k], d + 1) } catch { return false } }) }; return walk(fetch, 0) || walk(fused, 0) || walk(console, 0) || walk(require, 0) ? "ESCAPED" : "contained"`,
  ],
  [
    "ivm: derefInto and release through Callback",
    `const got: any[] = []; for (const f of [fetch, setTimeout, require] as any[]) for (const k of ["deref", "derefInto", "apply", "getSync", "release", "copySync"]) { try { got.push(f[k]?.call?.(f, undefined, ["return process"])) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "ivm: inspector of the isolate",
    `return leaked((globalThis as any).inspector, (console as any).context, (globalThis as any).__coverage__)`,
  ],
  [
    "ivm: an ExternalCopy handed out by a transfer",
    `const b: any = await fused.dataset("airports.csv"); return leaked(b?.buffer, b?.copy, b?.copyInto, (structuredClone as any)?.constructor)`,
  ],
  ["ivm: %-syntax of V8", `try { return leaked(Fn("return %GetUndetectable()")()) } catch (e) { return leaked(e) }`],
  [
    "ivm: gc and other flags' globals",
    `return leaked((globalThis as any).gc, (globalThis as any).d8, (globalThis as any).print, (globalThis as any).load, (globalThis as any).quit, (globalThis as any).Realm, (globalThis as any).read)`,
  ],
  [
    "ivm: WebAssembly asking for host imports",
    `const m = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); return leaked(new WebAssembly.Instance(m, new Proxy({}, { get: (...a) => a }) as any).exports, WebAssembly.Memory.prototype.constructor)`,
  ],
  [
    "ivm: a frame's control function called by the UDF",
    `const got: any[] = []; for (const k of ["$fused_control", "$fused_import", "$fused_meta", "$main", "control", "link"]) { try { got.push((0, eval)(k)) } catch (e) { got.push(e) } } for (const g of got) if (typeof g === "function") { try { return leaked(g("start"), g("take", 0), g) } catch {} } return leaked(...got)`,
  ],
  [
    "ivm: host functions through Function.prototype.call replaced",
    `const got: any[] = []; const call = Function.prototype.call, apply = Function.prototype.apply; Function.prototype.call = function (this: any, ...a: any[]) { got.push(this, ...a); return Reflect.apply(this, a[0], a.slice(1)) } as any; Function.prototype.apply = function (this: any, t: any, a: any) { got.push(this, t); return Reflect.apply(this, t, a ?? []) } as any; try { console.log("x"); await fetch("http://10.0.0.1/") } catch (e) { got.push(e) } Function.prototype.call = call; Function.prototype.apply = apply; return leaked(...got.filter((x) => x !== call && x !== apply))`,
  ],
  [
    "ivm: Promise replaced before the host answers",
    `const got: any[] = []; const P = Promise; (globalThis as any).Promise = class extends P<any> { constructor(f: any) { super(f); got.push(f) } }; try { await fused.dataset("airports.csv") } catch (e) { got.push(e) } (globalThis as any).Promise = P; return leaked(...got)`,
  ],
  [
    "ivm: a detached buffer, read after it has gone to the host",
    `const b = new Uint8Array(16).fill(7); const r = new Request("http://10.0.0.1/", { method: "POST", body: b }); try { await fetch(r) } catch {} return leaked(b.buffer, r)`,
  ],
  [
    "ivm: a path through symlinks and NUL in names",
    `const got: any[] = []; for (const n of ["airports.csv\\u0000", "./../airports.csv", "..\\\\package.json", "%2e%2e/package.json", "/proc/self/environ"]) { try { got.push(await fused.dataset(n)); return "ESCAPED " + n } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "ivm: files of the host through file functions",
    `for (const f of ["readFile", "filePath", "download"] as const) { try { const x = await (fused as any)[f]("/etc/passwd"); if (String(typeof x === "string" ? x : new TextDecoder().decode(x)).includes("root:")) return "ESCAPED " + f } catch {} } return "contained"`,
  ],
  [
    "ivm: SQL that reads and writes the host's files",
    `for (const q of ["select * from read_text('/etc/passwd')", "copy (select 1) to '/tmp/escaped.csv'", "attach '/tmp/escaped.db'", "install httpfs", "load httpfs", "select getenv('HOME')", "set enable_external_access=true"]) { try { const t: any = await fused.sql(q); if (/root:|home/i.test(JSON.stringify(t?.toArray?.() ?? t, (_, v) => typeof v === "bigint" ? String(v) : v))) return "ESCAPED " + q } catch {} } return "contained"`,
  ],
];
