import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { escapes, leaked } from "../engine/escape-attempts.ts";
import { openSandboxKernel } from "./sandbox-kernel.ts";

const { run, heard, folder } = await openSandboxKernel({ env: { SANDBOX_SECRET: "s3cret" } });

/**
 * Ways out that aim at what a sandboxed notebook's cells can reach: `__fused`, the channel to the host, its magics, UDFs,
 * prompts and displays. Each is a body that gives "contained", or throws, which is as good. What a cell says of itself
 * ("forged") is its own affair.
 */
const attempts: [name: string, body: string][] = [
  [
    "constructors of everything that was installed",
    `return leaked(...Object.values(__fused), __fused.magic.constructor, fused, fused.udf, display, clearOutput, prompt, confirm, input, fetch, console.log, setTimeout, queueMicrotask, crypto, performance, require)`,
  ],
  [
    "constructors of what the host gives back: values, errors, rejections",
    `const got: any[] = [await fused.dataset("airports.csv")]; for (const f of [() => fetch("http://10.0.0.1/"), () => import("nothing" + 1), () => fused.run("const = 3"), () => (fused as any).load("x"), () => __fused.magic("line", "npm", "", {}), () => fused.dataset("../../../etc/passwd")]) { try { got.push(await f()) } catch (e: any) { got.push(e, e.constructor, e.stack) } } return leaked(...got)`,
  ],
  [
    "modules of Node, files and data: addresses by import and require",
    `for (const name of ["node:fs", "fs", "child_process", "process", "isolated-vm", "file:///etc/passwd", "/etc/passwd", "./package.json", "../../../../etc/passwd", "data:text/javascript,export default process", "http://127.0.0.1/x.js", "__proto__", "constructor", "vega-datasets/../../package.json", "vega-datasets/data/../package.json"]) { for (const load of [(n: string) => import(n), async (n: string) => require(n)]) { try { const m: any = await load(name); if (leaked(m, m?.default) !== "contained" || JSON.stringify(m).includes("version")) return "ESCAPED " + name } catch {} } } return "contained"`,
  ],
  [
    "fetch of files and of data: addresses",
    `for (const url of ["file:///etc/passwd", "file://localhost/etc/passwd", "data:text/plain,x", "blob:x", "fd://x", "ftp://127.0.0.1/", "javascript:1"]) { try { const text = await (await fetch(url)).text(); if (/root:/.test(text)) return "ESCAPED" } catch {} } return "contained"`,
  ],
  [
    "Error.prepareStackTrace while the host calls back",
    `const got: any[] = []; Error.prepareStackTrace = (e: any, sites: any) => { for (const site of sites) try { got.push(site.getThis(), site.getFunction()) } catch {} return "" }; try { await fused.dataset("nothing.csv") } catch (e: any) { void e.stack } await new Promise((go) => setTimeout(() => { void new Error("x").stack; go(0) }, 1)); Error.prepareStackTrace = undefined as any; return leaked(...got)`,
  ],
  [
    "a proxy that sees what the bridge does with it",
    `const got: any[] = []; const trap: any = new Proxy(function () {}, new Proxy({}, { get: (_t, name) => (...a: any[]) => { got.push(name, ...a); return (Reflect as any)[name](...a) } })); for (const f of [display, console.log, fused.udf, fused.run, fetch, structuredClone, setTimeout, __fused.held, __fused.live, (x: any) => __fused.magic("line", "who", "", { a: x }), (x: any) => __fused.magic("line", "map", "x", { udf: x }), (x: any) => __fused.evaluated(2, false, x), (x: any) => __fused.answer(1, 1, false, x)]) { try { await (f as any)(trap) } catch (e) { got.push(e) } } await new Promise((go) => setTimeout(go, 20)); return leaked(...got)`,
  ],
  [
    "Reflect.construct and apply on internals",
    `const got: any[] = []; for (const f of [...Object.values(__fused), display, fused.udf, fetch] as any[]) { if (typeof f !== "function") continue; try { got.push(Reflect.construct(f, [], Object)) } catch (e) { got.push(e) } try { const given = Reflect.apply(f, null, [1, 2, 3]); given?.catch?.(() => {}); got.push(given) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "Symbol.species and subclassed promises on answers",
    `const got: any[] = []; class P extends Promise<any> { static override get [Symbol.species]() { got.push(this); return class extends Promise<any> { constructor(f: any) { super((a, b) => { f((x: any) => { got.push(x); a(x) }, b) }) } } as any } } const asked: any = fused.dataset("airports.csv"); Object.setPrototypeOf(asked, P.prototype); Object.defineProperty(asked, "constructor", { value: P }); await asked.then((x: any) => got.push(x)); return leaked(...got)`,
  ],
  [
    "the prototypes of async generators, promises and iterators replaced",
    `const got: any[] = []; const saved: any[] = []; const wrap = (o: any, k: any) => { const f = o[k]; saved.push([o, k, f]); o[k] = function (this: any, ...a: any[]) { got.push(this, ...a); return f.apply(this, a) } }; const gen = Object.getPrototypeOf((async function* () {})()); wrap(Object.getPrototypeOf(gen), "next"); wrap(Promise.prototype, "then"); wrap(Map.prototype, "get"); wrap(Map.prototype, "set"); wrap(Array.prototype, "push" === "p" as any ? "" : "map"); try { for await (const x of fused.udf((n: number) => n).map([1, 2])) void x; console.log({}); await display([1]) } catch {} for (const [o, k, f] of saved) o[k] = f; return leaked(...got.slice(0, 500))`,
  ],
  [
    "WebAssembly imports that are functions of the host",
    `const code = new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,2,7,1,1,109,1,102,0,0,8,1,0]); const got: any[] = []; for (const f of [console.log, __fused.leave, clearOutput, __fused.release ?? console.warn] as any[]) { try { got.push(new WebAssembly.Instance(new WebAssembly.Module(code), { m: { f } }).exports) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "the memory that is shared with the host, found and overwritten",
    `const found: any[] = []; for (const k of ["load", "store", "wait", "notify"] as const) { const f: any = Atomics[k]; (Atomics as any)[k] = (...a: any[]) => { found.push(a[0]); return f(...a) } } prompt("x"); console.log("y".repeat(2000000)); for (const view of found) { const all = new Uint8Array(view.buffer); const text = new TextDecoder().decode(all.slice(0, 1 << 16)); if (/s3cret|\\/work|node_modules/.test(text)) return "ESCAPED"; all.fill(255) ; new Int32Array(view.buffer, 0, 4).fill(0) } return found.length > 0 ? "contained" : "contained, nothing found"`,
  ],
  [
    "what the inspector offers on its command line",
    `const got: any[] = []; for (const name of ["$_", "$0", "$", "$$", "inspect", "copy", "monitor", "debug", "getEventListeners", "queryObjects", "inspector"]) { try { got.push((0, eval)(name)) } catch {} } debugger; return leaked(...got)`,
  ],
  [
    "outcomes forged through __fused: cells that never were, answers nobody asked for",
    `for (const n of [0, -1, 1, 2, 1e9, NaN, "1", {}, null] as any[]) { __fused.finish(n, false, "forged", false); __fused.finish(n, true, new Error("forged"), false); __fused.answer(n, n, false, "forged"); __fused.evaluated(n, false, "forged"); __fused.interrupt(n); __fused.halt(n) } await new Promise((go) => setTimeout(go, 20)); return "contained"`,
  ],
  [
    "messages rewritten on their way: JSON.stringify replaced",
    `const stringify = JSON.stringify; const types = ["done", "ready", "engine", "widget.define", "publish", "payload", "stdin", "delivered", "__proto__", "constructor", "show", "evaluated", "stray"]; let n = 0; JSON.stringify = ((value: any, ...rest: any[]) => { if (value && typeof value === "object" && "type" in value) value = { ...value, type: types[n++ % types.length], execution: [1, -1, 1e300, "x"][n % 4], message: { type: "shutdown_reply", content: {}, metadata: {}, buffers: [] }, error: { ename: {}, evalue: [], stack: 5 } }; return stringify(value, ...rest) }) as any; try { for (let i = 0; i < 40; i++) { void display({ a: i }); clearOutput() } await new Promise((go) => setTimeout(go, 20)) } finally { JSON.stringify = stringify } return "contained"`,
  ],
  [
    "calls rewritten on their way: names of the host's own objects",
    `const stringify = JSON.stringify; const got: any[] = []; for (const call of ["constructor", "__proto__", "toString", "hasOwnProperty", "grant", "allow", "udf.run", "pool.call", "evaluate", "help", "magic"]) { JSON.stringify = ((value: any, ...rest: any[]) => stringify(value && typeof value === "object" && "call" in value ? { ...value, call, id: "__proto__", method: "constructor", kind: "constructor", values: [{ udf: -1 }, { pool: "x" }, { fn: "process" }], name: { toString: 1 } } : value, ...rest)) as any; try { got.push(await fused.udf((n: number) => n)(1)) } catch (e) { got.push(e) } JSON.stringify = stringify } return leaked(...got)`,
  ],
  [
    "prototype pollution by keys of what is shown or sent",
    `const evil = JSON.parse('{"__proto__": {"polluted": true, "text/html": "<script>x</script>"}, "constructor": {"prototype": {"polluted": true}}, "text/plain": "t"}'); await display(evil, { raw: true }); await display([evil, evil]); await display({ [Symbol.for("Jupyter.display")]: () => evil }); const echo = await fused.udf((x: any) => x)(evil); return ({} as any).polluted || (echo as any).polluted === true && !Object.hasOwn(echo as any, "polluted") && !Object.hasOwn(echo as any, "__proto__") ? "ESCAPED" : "contained"`,
  ],
  [
    "prototype pollution with the names of isolated-vm's options",
    `const names = ["reference", "copy", "externalCopy", "promise", "async", "sync", "ignored", "result", "arguments", "timeout", "release", "transferIn", "transferOut", "unsafeInherit", "accessors"]; for (const name of names) Object.defineProperty(Object.prototype, name, { value: true, configurable: true, writable: true }); const got: any[] = []; try { got.push(crypto.getRandomValues(new Uint8Array(8)), new URL("https://a/").href, await fused.dataset("airports.csv")); console.log({}); got.push(await fused.udf((n: number) => n)(1)) } catch (e) { got.push(e) } finally { for (const name of names) delete (Object.prototype as any)[name] } return leaked(...got)`,
  ],
  [
    "the host's callbacks caught through Function.prototype, then called with nonsense",
    `const got: any[] = []; const { call, apply, bind } = Function.prototype; for (const [k, f] of Object.entries({ call, apply, bind })) (Function.prototype as any)[k] = function (this: any, ...a: any[]) { got.push(this, ...a); return Reflect.apply(f, this, a) }; try { console.log("x", {}); display(1); setTimeout(() => {}, 1); crypto.randomUUID(); await fused.dataset("airports.csv") } catch {} Object.assign(Function.prototype, { call, apply, bind }); for (const f of got) if (typeof f === "function") for (const a of [["request", 1, "call", '{"call":"constructor"}'], ["message", '{"type":"done"}'], ["__proto__"], [{}, {}, {}], []]) { try { f(...a) } catch {} } return leaked(...got)`,
  ],
  [
    "setters on Object.prototype that see the bridge's own objects",
    `const got: any[] = []; const names = ["tell", "ask", "host", "handler", "control", "value", "resolve", "reject", "detail", "body", "then", "execution", "type", "id", "signal"]; for (const name of names) Object.defineProperty(Object.prototype, name, { get() { return undefined }, set(this: any, v: any) { got.push(this, v) }, configurable: true }); try { console.log({}); void display({ a: 1 }); await Promise.race([fused.dataset("airports.csv"), new Promise((go) => setTimeout(go, 50))]) } catch (e) { got.push(e) } finally { for (const name of names) delete (Object.prototype as any)[name] } return leaked(...got)`,
  ],
  [
    "a stack that is nearly full when the host is called",
    `let got: any[] = []; const dive = (n: number): any => { try { return dive(n + 1) } catch (e) { got.push(e); try { console.log("%o", {}); crypto.getRandomValues(new Uint8Array(70000)); new URL("x:y"); fused.udf((a: number) => a); __fused.cell(1, 1) } catch (h) { got.push(h) } } }; dive(0); got = got.slice(0, 50); return leaked(...got, ...got.map((e) => e?.constructor))`,
  ],
  [
    "messages of hundreds of megabytes",
    `const huge = "x".repeat(1 << 26); for (const f of [() => new URL(huge), () => display({ "text/plain": huge }, { raw: true }), () => fused.udf(huge), () => fetch("http://a/" + huge), () => __fused.help(huge, 0), () => import(huge), () => fused.dataset(huge)]) { try { await f() } catch {} } return "contained"`,
  ],
  [
    "JSON and data nested a hundred thousand deep",
    `let deep: any = []; for (let i = 0; i < 100000; i++) deep = [deep]; for (const f of [() => display(deep), () => display({ "application/json": deep }, { raw: true }), () => fused.udf((x: any) => x)(deep), () => structuredClone(deep), () => console.log(deep)]) { try { await f() } catch {} } return "contained"`,
  ],
  [
    "thenables where the host's values are expected",
    `const got: any[] = []; const trap = () => ({ then(...a: any[]) { got.push(this, ...a); a[0]?.(globalThis) } }); for (const f of [() => display(trap()), () => fused.run(trap() as any), () => fused.udf((x: any) => x)(trap()), () => __fused.live(trap()), () => fused.udf((n: number) => n).map(trap() as any).results(), () => __fused.magic("line", "time", "1", trap() as any)]) { try { got.push(await f()) } catch (e) { got.push(e) } } return leaked(...got)`,
  ],
  [
    "getters, toString, toJSON and inspect hooks of values that are shown",
    `const got: any[] = []; const spy = function (this: any, ...a: any[]) { got.push(this, ...a); try { got.push((spy as any).caller) } catch {} return "shown" }; const value: any = { toString: spy, toJSON: spy, valueOf: spy, [Symbol.toPrimitive]: spy, [Symbol.for("nodejs.util.inspect.custom")]: spy, get secret() { return spy.call(this) }, get [Symbol.toStringTag]() { spy(); return "X" } }; await display(value); await display([value, new (class { get x() { return spy() } })()]); await display(Object.assign(new Error("e"), { toString: spy, get stack() { return spy() } })); console.log(value, "%s %d %o", value); return leaked(...got)`,
  ],
  [
    "a display that draws itself with what a front end would run",
    `await display({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<img src=x onerror=pwn()><script>pwn()</script><a href='javascript:pwn()'>a</a><svg><use href='data:image/svg+xml,<svg onload=pwn()>'/></svg>", "application/javascript": "pwn()", "application/vnd.fused.map+json": { html: "<script>pwn()</script>" }, "application/vnd.jupyter.widget-view+json": {} }) }); return "contained"`,
  ],
  [
    "UDFs that take files of this machine along, or read them",
    `for (const source of ['import x from "/etc/hostname"; export default () => x', 'async () => (await import("/etc/passwd")).default', 'import x from "./package.json"; export default () => x', 'async () => (await import("file:///etc/passwd")).default', 'async () => new TextDecoder().decode(await fused.readFile("/etc/passwd"))', 'async () => JSON.stringify((await fused.sql("select * from read_text(\\'/etc/passwd\\')")).toArray())', 'async () => fused.secrets.get("SANDBOX_SECRET")', 'async () => fused.download("http://127.0.0.1/", "x")', 'async () => fused.writeFile("/tmp/escaped", "x")']) { try { const text = String(await fused.run(source)); if (text && text !== "undefined") return "ESCAPED " + text.slice(0, 100) } catch {} } for (const options of [{ headers: ["/etc/passwd"] }, { headers: { x: "/etc/passwd" } }, { files: ["/"] }] as any[]) { try { fused.udf("() => 1", options); return "ESCAPED" } catch {} } return "contained"`,
  ],
  [
    "magics that touch the machine, by their internal call",
    `for (const [kind, name, line] of [["line", "npm", "install x"], ["cell", "bash", "touch escaped"], ["line", "env", "SANDBOX_SECRET"], ["line", "cd", "/"], ["line", "load_ext", "/etc/passwd"], ["line", "udf", "load /etc/passwd as x"], ["line", "udf", "save x /tmp/escaped"], ["line", "fused", "options"], ["line", "constructor", ""], ["line", "__proto__", ""], ["cell", "script", "sh"]] as const) { try { const got = await __fused.magic(kind, name, line, {}, "touch escaped"); if (got !== undefined) return "ESCAPED " + name } catch (e: any) { if (!/refused|no magic|Magic/.test(e.name + e.message)) return "ESCAPED " + e } } try { await __fused.shell("touch escaped", true); return "ESCAPED" } catch {} return "contained"`,
  ],
  [
    "grants that the notebook makes itself",
    `const { confirm: c, prompt: p } = globalThis as any; (globalThis as any).confirm = () => true; (globalThis as any).prompt = () => "y"; (globalThis as any).input = async () => "y"; try { await fetch("http://127.0.0.1:9/"); return "ESCAPED" } catch (e: any) { if (e.name !== "NetworkPermissionError") return "ESCAPED " + e } finally { Object.assign(globalThis, { confirm: c, prompt: p }) } return "contained"`,
  ],
  [
    "surroundings of the host: its environment, folders and versions in errors and stacks",
    `const texts: string[] = []; for (const f of [() => fetch("http://10.0.0.1/"), () => import("nope"), () => fused.run("() => { throw new Error('x') }"), () => fused.run("][", {}), () => __fused.magic("line", "nope", "", {}), () => crypto.getRandomValues("x" as any), () => (fused as any).secrets, () => fused.udf((n: number) => n).map(5).results(), () => new URL("nope")]) { try { await f() } catch (e: any) { texts.push(String(e?.stack), JSON.stringify(e), String(e?.path)) } } const all = texts.join("\\n"); return /s3cret|node_modules|dist\\/|kernel\\/sandbox|\\/home\\/|\\/root\\//.test(all) ? "ESCAPED " + all.slice(0, 2000) : "contained"`,
  ],
  [
    "timers, Date and loops that outlive their cell hold the host up no longer than a turn",
    `for (let i = 0; i < 2000; i++) setTimeout(() => {}, 1e9); for (let i = 0; i < 5000; i++) void Promise.resolve().then(() => console.debug); return "contained"`,
  ],
  [
    "FinalizationRegistry, WeakRef and structuredClone of internals",
    `const got: any[] = []; new FinalizationRegistry((x) => got.push(x)).register(__fused, 1); got.push(new WeakRef(__fused).deref()); try { got.push(structuredClone(fused)) } catch (e) { got.push(e) } return leaked(...got.filter((x) => x !== __fused))`,
  ],
];

const cell = (body: string): string => `await (async () => {${leaked}${body}})()`;

describe("what aims at the sandboxed kernel gives nothing", () => {
  test("the list has at least 25", () => assert.ok(attempts.length >= 25, String(attempts.length)));

  for (const [name, body] of attempts) {
    test(name, async () => {
      const said = await run(cell(body));
      assert.match(
        said.result ?? said.error,
        /^'(?:contained|forged)|Error|^Interrupted|^SessionEnded/,
        `${said.result} ${said.error}`,
      );
      assert.doesNotMatch(`${said.result}`, /ESCAPED/);
      const shown = said.displays.map(
        (data) => String(data["text/html"] ?? "") + JSON.stringify(data["application/json"] ?? ""),
      );
      assert.doesNotMatch(shown.join(""), /<script|onerror|onload|javascript:/);
      for (const data of said.displays)
        assert.ok(
          !Object.keys(data).some((type) => /javascript|widget-view|vnd\.fused\.map/.test(type)),
          Object.keys(data).join(),
        );
      assert.equal((await run("1 + 1")).result, "2", "the session goes on");
    });
  }

  test("no front end was told what only a kernel says", () => {
    const types = new Set(heard.map(({ header }) => header.msg_type));
    for (const type of ["shutdown_reply", "comm_open", "comm_msg"]) assert.ok(!types.has(type), type);
    assert.ok(!existsSync(join(folder, "escaped")) && !existsSync("/tmp/escaped"));
  });
});

describe("known escapes of vm2, Node's vm and isolated-vm give nothing in a sandboxed notebook", () => {
  for (const [name, body] of escapes) {
    test(name, async () => {
      const said = await run(cell(`const given: any = { a: [1] };${body}`));
      assert.match(
        said.result ?? said.error,
        /^'contained'|Error|^Thrown|^Interrupted|^SessionEnded/,
        `${said.result} ${said.error}`,
      );
      assert.doesNotMatch(`${said.result}`, /ESCAPED/);
      assert.equal((await run("1 + 1")).result, "2", "the session goes on");
    });
  }
});
