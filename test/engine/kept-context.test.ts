import assert from "node:assert/strict";
import { describe, test } from "node:test";
import ivm from "isolated-vm";
import { compileFrame, type CompiledUdf } from "../../engine/compile.ts";
import { decodeFrame } from "../../engine/frame.ts";
import { IsolateSlot } from "../../engine/isolate-slot.ts";
import { takeControl } from "../../engine/isolate-scripts.ts";
import { keptContextGlobals, ownGlobals } from "../../engine/kept-context-rule.ts";
import { completeLimits } from "../../engine/limits.ts";
import { isolateScript } from "../../engine/packages.ts";
import { runUdf, startTextOf, type HostOutcome } from "../../engine/run-udf.ts";
import type { RunOutcome } from "../../engine/run-types.ts";
import { packValue, unpackValue } from "../../engine/values.ts";
import { escapes, leaked } from "./escape-attempts.ts";
import { frameOf, useEngine } from "./udf-fixture.ts";

const compiled = (source: string): CompiledUdf => compileFrame(decodeFrame(frameOf(source)), source);

describe("which UDFs may have a context that is kept", () => {
  const usual: Record<string, string[]> = {
    "({ n }) => n + 1": [],
    "() => [3, 1].toSorted().map((n) => Math.max(n, 2)).filter(Number.isFinite)": [],
    "({ n }) => { console.log(n); setTimeout(() => {}, 1) }": ["console", "setTimeout"],
    "class Point { x = 1; constructor() { this.x = 2 } }; () => new Point().x": [],
    "() => { class Problem extends Error { name = 'Problem' } throw new Problem('x') }": [],
    "() => new RegExp('a').test('a') && ({}) instanceof Object && Object.keys({ a: 1 })": [],
    "() => new Intl.NumberFormat('en').format(1)": [],
    "async ({ s }) => (await fused.readRaster(s)).data": ["fused"],
    "() => { console = undefined }": ["console"],
  };
  for (const [source, globals] of Object.entries(usual)) {
    test(`may: ${source}`, () => {
      const script = source.startsWith("class")
        ? `({__proto__:null,modules:{},$main:async()=>{"use strict";${source}}})`
        : compiled(source).script;
      assert.deepEqual(keptContextGlobals(script), globals);
    });
  }

  const unusual = [
    "() => globalThis.x",
    "() => this",
    "() => Math.random()",
    "() => { const { random } = Math; return random() }",
    "() => { Array.prototype.last = 1 }",
    "() => (() => {}).constructor('return this')()",
    "() => { const { constructor: F } = () => {}; return F('return this')() }",
    "() => (() => {})['constructor']('return this')()",
    "() => ({}).__proto__",
    "() => ({}).__defineGetter__('a', () => 1)",
    "() => eval('1')",
    "() => (0, eval)('1')",
    "() => new Function('return 1')()",
    "() => /a/.test('a') && RegExp.$1",
    "() => { const R = RegExp; return R['$1'] }",
    "() => Object.defineProperty({}, 'a', { value: 1 })",
    "() => Object.getPrototypeOf([])",
    "() => Object['getPrototypeOf']([])",
    "() => Reflect.ownKeys({})",
    "() => new Proxy({}, {})",
    "() => Symbol.for('a')",
    "() => { Error.stackTraceLimit = 1 }",
    "() => { Error.prepareStackTrace = () => 1 }",
    "() => new WeakRef({})",
    "() => new FinalizationRegistry(() => {})",
    "() => new SharedArrayBuffer(8)",
    "() => Atomics.load(new Int32Array(1), 0)",
    "() => new WebAssembly.Memory({ initial: 1 })",
    "() => fetch('https://example.com')",
    "() => crypto.randomUUID()",
    "() => fused.cache(() => 1)",
    "() => { const f = fused; return f.cache }",
    "() => fused['cache']",
    "() => require('h3-js')",
    "async () => (await import('h3-js')).getResolution",
    "() => import.meta.url",
    "() => { Array = Map }",
    "() => { try { Array.mark = 1 } catch {} }",
    "() => { delete Number.isFinite.name }",
    "() => { [Math] = [1] }",
    "() => { for (JSON of [1]); }",
    "() => { const Math = { random: () => 4 }; return Math.random() }",
    "() => nowhere",
  ];
  for (const source of unusual) test(`may not: ${source}`, () => assert.equal(compiled(source).keptGlobals, undefined));

  test("nor may one with header modules", () => {
    const headers = [{ moduleName: "utils", source: "export const a = 1" }];
    assert.equal(compileFrame(decodeFrame(frameOf("() => 1", { headers })), "h").keptGlobals, undefined);
  });
});

/** A context after `harden`, and the call that starts a run of a definition in it; as the host does both. */
async function openKeptContext(definition: string) {
  const isolate = new ivm.Isolate({ memoryLimit: 256 });
  const context = await isolate.createContext();
  await context.eval(await isolateScript());
  let finish: (values: unknown[]) => void = () => {};
  const callbacks = [
    new ivm.Callback((name: string, ...values: unknown[]) => name === "finish" && finish(values), { ignored: true }),
    new ivm.Callback(() => undefined, { sync: true }),
  ];
  const control = (await context.evalClosure(takeControl, callbacks, { result: { reference: true } })) as ivm.Reference<
    (...values: unknown[]) => unknown
  >;
  const made = (await context.eval(definition, { reference: true })) as ivm.Reference;
  await control.apply(undefined, ["harden"]);
  await control.apply(undefined, ["defineKept", ownGlobals.join(","), made.derefInto()]);
  const { text, body } = await packValue({});
  const detail = JSON.stringify({
    parameters: { style: "object", parameters: [], rest: false },
    resultBytes: 1e6,
    logCharacters: 1e6,
  });
  const run = async (): Promise<unknown> => {
    const ended = new Promise<unknown[]>((resolve) => (finish = resolve));
    const copied = new ivm.ExternalCopy(body.slice().buffer).copyInto();
    await control.apply(undefined, ["start", detail, undefined, false, text, copied] as never);
    const [status, told, given, bytes] = await ended;
    if (status !== "ok") throw new Error(String(told));
    return unpackValue({
      text: given as string,
      body: new Uint8Array(bytes as ArrayBuffer),
      buffers: [],
      hasTables: false,
    });
  };
  return { run, close: () => isolate.dispose() };
}

test("whatever two runs in a kept context can both reach is frozen", async () => {
  // The test's own definition has a memory that no UDF has: the objects that the run before came to.
  const definition = `(() => {
    const before = new Set(), { getPrototypeOf, getOwnPropertyDescriptor, isFrozen } = Object, { ownKeys, apply } = Reflect;
    const walk = (roots) => {
      const paths = new Map(), open = roots.map((root, i) => [root, "root " + i]);
      while (open.length) {
        const [each, path] = open.pop();
        if ((typeof each !== "object" && typeof each !== "function") || each === null || paths.has(each)) continue;
        paths.set(each, path);
        open.push([getPrototypeOf(each), path + ".__proto__"]);
        let keys = []; try { keys = ownKeys(each) } catch {}
        for (const key of keys) {
          const d = getOwnPropertyDescriptor(each, key); if (!d) continue;
          const at = path + "." + String(key);
          open.push([d.value, at], [d.get, "get " + at], [d.set, "set " + at]);
          if (d.get) try { open.push([apply(d.get, each, []), at]) } catch (error) { open.push([error, at]) }
        }
      }
      return paths;
    };
    return (...globals) => ({ modules: {}, $main: async () => ({ exports: {}, $entry: async () => {
      const fused = globals[1];
      const made = [() => {}, async () => {}, function* () {}, async function* () {}, [], {}, /x/, "", 1, 1n, true, Symbol(), new Map(), new Set(),
        new Date(), Promise.resolve(), new Error(""), new Uint8Array(1), new (class {})(), (() => { try { null.x } catch (e) { return e } })(),
        [].values(), new Map().keys(), new Set().keys(), ""[Symbol.iterator](), "".matchAll(/x/g), [].values().map(String), Iterator.from({ next() {} }),
        (function* () {})(), (async function* () {})(), (function () { return arguments })(), new Intl.Segmenter().segment("a"),
        fused.tiles.createTile(0, 0, 0), fused.types.Bounds(0, 0, 1, 1), fused.types.TileXYZ(0, 0, 0), fused.types.TileXYZ(0, 0, 0).bounds(),
        fused.types.TileXYZ(0, 0, 0).parent?.(), fused.types.Bounds(0, 0, 1, 1).toTile(), (() => { try { fused.tiles.bounds({}) } catch (e) { return e } })()];
      for (const call of [() => fused.context.getHeaders(), () => fused.readRaster("x"), () => fused.secrets.get("x"), () => fused.sql("x"), () => fused.cache(() => 1)]) {
        try { const given = call(); given?.catch?.(() => {}); made.push(given) } catch (error) { made.push(error) }
      }
      const paths = walk([globalThis, ...globals, ...made]);
      const shared = [...paths].filter(([each]) => before.has(each));
      const open = shared.filter(([each]) => !isFrozen(each)).map(([, path]) => path);
      before.clear();
      for (const each of paths.keys()) before.add(each);
      return { reached: paths.size, shared: shared.length, open };
    } }) });
  })()`;
  const { run, close } = await openKeptContext(definition);
  await run();
  for (let i = 0; i < 3; i++) {
    const { reached, shared, open } = (await run()) as { reached: number; shared: number; open: string[] };
    assert.deepEqual(open, []);
    assert.ok(shared > 700 && reached > shared, `${reached} reached, ${shared} of them shared`);
  }
  close();
});

/**
 * Each leaves a mark `n` where a later run may find it, and gives the marks it finds. What a UDF may not even write down
 * (`kept-context-rule.ts`) is tried all the same: here the rule is off.
 */
const leaks: Record<string, string> = {
  "a variable of the module": "let kept: any; ({ n }) => { const found = kept; kept = n; return found }",
  "the global object":
    "({ n }) => { const found = (globalThis as any).mark; (globalThis as any).mark = n; return found }",
  "a name without declaration, through Function":
    "({ n }) => { const F = (() => {})['con' + 'structor'] as any; const found = F('return typeof mark === \"undefined\" ? undefined : mark')(); F('n', 'mark = n')(n); return found }",
  "a var of an indirect eval":
    "({ n }) => { const e = (0, eval); const found = e('typeof mark === \"undefined\" ? undefined : mark'); e('var mark = ' + n); return found }",
  "a prototype": "({ n }) => { const p: any = Array.prototype; const found = p.mark; p.mark = n; return found }",
  "a prototype by defineProperty":
    "({ n }) => { const found = ({} as any).mark; Object.defineProperty(Object.prototype, 'mark', { value: n, configurable: true }); return found }",
  "an inherited accessor":
    "({ n }) => { const p: any = Object.prototype; const found = p.toString.mark; p.toString = Object.assign(() => '', { mark: n }); return found }",
  "the prototype of a prototype":
    "({ n }) => { const found = ([] as any).mark; Object.setPrototypeOf(Array.prototype, { mark: n }); return found }",
  "a method that objects inherit":
    "({ n }) => { const f: any = ({}).toString; const found = f.mark; f.mark = n; return found }",
  "the accessor of an error's stack":
    "({ n }) => { const d: any = Object.getOwnPropertyDescriptor(new Error('x'), 'stack'); const found = d.get?.mark ?? d.set?.mark; d.get.mark = n; d.set.mark = n; return found }",
  "a built-in function":
    "({ n }) => { const f: any = Number.isFinite; const found = f.mark; f.mark = n; return found }",
  "a generator's prototype":
    "({ n }) => { const p: any = Object.getPrototypeOf(function* () {}); const found = p.prototype.mark; p.prototype.mark = n; return found }",
  "an iterator's prototype":
    "({ n }) => { const p: any = Object.getPrototypeOf([].values()); const found = p.mark; p.mark = n; return found }",
  "the prototype of async functions":
    "({ n }) => { const p: any = Object.getPrototypeOf(async () => {}); const found = p.mark; p.mark = n; return found }",
  "a registered symbol":
    "({ n }) => { const s: any = Symbol.for('mark'); const found = (Array as any)[s]; (Array as any)[s] = n; return found }",
  "a template's strings":
    "({ n }) => { const tag = (s: any) => s; const s: any = tag`x`; const found = s.mark; s.mark = n; return found }",
  "what a regular expression matched":
    "({ n }) => { const found = (RegExp as any).$1; /(\\d+)/.test(String(n)); return found || undefined }",
  "the input of regular expressions":
    "({ n }) => { const R: any = (/x/ as any)['con' + 'structor']; const found = R.input; R.input = String(n); return found || undefined }",
  "Error.prepareStackTrace":
    "({ n }) => { const found = typeof new Error('x').stack === 'number' ? new Error('x').stack : undefined; (Error as any).prepareStackTrace = () => n; return found }",
  "Error.stackTraceLimit":
    "({ n }) => { const found = Error.stackTraceLimit; Error.stackTraceLimit = n; return found === 10 ? undefined : found }",
  "a private field on a built-in":
    "({ n }) => { class Base { constructor(o: any) { return o } } class Stamp extends Base { #n; constructor(o: any, n: any) { super(o); this.#n = n } static read(o: any) { return #n in o ? o.#n : undefined } } const found = Stamp.read(Array); new Stamp(Array, n); return found }",
  "a WeakMap that a built-in leads to":
    "({ n }) => { const A: any = Array; const found = A.marks?.get(Object); try { A.marks = new WeakMap([[Object, n]]) } catch {} return found }",
  "Math.random, replaced":
    "({ n }) => { const found = (Math.random as any)?.mark; (Math as any).random = Object.assign(() => 0, { mark: n }); return found }",
  "JSON.stringify, replaced":
    "({ n }) => { const own: any = JSON.stringify; const found = own.mark; (JSON as any).stringify = Object.assign((v: any) => own(v), { mark: n }); return found }",
  "Promise's then, replaced":
    "async ({ n }) => { const found = (Promise.prototype.then as any).mark; const then = Promise.prototype.then; (Promise.prototype as any).then = Object.assign(function (this: any, ...a: any[]) { return then.apply(this, a as any) }, { mark: n }); await null; return found }",
  "a date": "({ n }) => { const found = (Date as any).mark; (Date as any).mark = n; return found }",
  "a formatter of Intl":
    "({ n }) => { const found = (Intl.NumberFormat.prototype as any).mark; (Intl.NumberFormat.prototype as any).mark = n; return found }",
  console:
    "({ n }) => { const c: any = console; const found = c.mark ?? c.log.mark; c.mark = n; c.log.mark = n; return found }",
  "console.group": "({ n }) => { console.group(); console.count('a'); return undefined }",
  fused: "({ n }) => { const f: any = fused; const found = f.mark; f.mark = n; return found }",
  "a function of fused.tiles":
    "({ n }) => { const f: any = fused.tiles.bounds; const found = f.mark; f.mark = n; return found }",
  "a method of a Bounds":
    "({ n }) => { const f: any = fused.types.Bounds(0, 0, 1, 1).toTile; const found = f.mark; f.mark = n; return found }",
  "a method of a tile":
    "({ n }) => { const f: any = fused.types.TileXYZ(0, 0, 0).parent; const found = f.mark; f.mark = n; return found }",
  "fused.types": "({ n }) => { const t: any = fused.types; const found = t.mark; t.mark = n; return found }",
  "fused.context": "({ n }) => { const c: any = fused.context; const found = c.mark; c.mark = n; return found }",
  setTimeout: "({ n }) => { const s: any = setTimeout; const found = s.mark; s.mark = n; return found }",
  performance: "({ n }) => { const p: any = performance; const found = p.mark2; p.mark2 = n; return found }",
  "performance.timeOrigin":
    "({ n }) => { const p: any = performance; const found = p.timeOrigin < 1000 ? p.timeOrigin : undefined; p.timeOrigin = n; return found }",
  "import.meta": "({ n }) => { const m: any = import.meta; const found = m.mark; m.mark = n; return found }",
  "a timer that is left":
    "({ n }) => { const found = (Array as any).late; setTimeout(() => { (Array as any).late = n }, 1); return found }",
  "a promise that is left":
    "({ n }) => { const found = (Array as any).late; void (async () => { for (let i = 0; i < 100; i++) await null; (Array as any).late = n })().catch(() => {}); return found }",
  "Symbol.unscopables":
    "({ n }) => { const u: any = Array.prototype[Symbol.unscopables]; const found = u.mark; u.mark = n; return found }",
  "the species of arrays":
    "({ n }) => { const found = ([] as any).map((x: any) => x).mark; Object.defineProperty(Array, Symbol.species, { value: function () { return { mark: n } } }); return found }",
  "a callback of FinalizationRegistry":
    "({ n }) => { const R: any = (globalThis as any).FinalizationRegistry; const found = (Array as any).late; new R(() => { (Array as any).late = n }).register({}, 1); return found }",
};

const asModule = /^(let|const) /;

/** Runs a UDF six times in a row in one isolate, in a context that is kept whatever the UDF does: against the rule. */
async function runsInKept(udf: CompiledUdf, parametersOf: (n: number) => object): Promise<unknown[]> {
  const slot = new IsolateSlot(256, () => {});
  const limits = completeLimits({ timeoutMs: 5000 });
  const rest = { network: {}, access: undefined, chain: [], onLog: () => {}, onWaiting: () => {} };
  const runNested = () => Promise.reject(new Error("not here"));
  const found: unknown[] = [];
  let isKept = false;
  for (let n = 1; n <= 6; n++) {
    udf.keptGlobals = ownGlobals;
    isKept ||= slot.keeps(udf);
    const parameters = await packValue(parametersOf(n));
    const startText = startTextOf(udf, limits, undefined);
    const signal = new AbortController().signal;
    const run = { ...rest, udf, parameters, limits, startText, signal, runNested };
    const { outcome, atRest } = await runUdf(slot, run);
    found.push(await valueOf(outcome));
    await slot.renew(async () => {
      await atRest();
      return true;
    });
    if (slot.isGone) break;
  }
  // A UDF that does not end took its isolate along, before there was a second run.
  assert.ok(isKept || slot.isGone, "a context was kept");
  slot.dispose();
  return found;
}

describe("nothing passes from one run in a kept context to the next", () => {
  for (const [name, source] of Object.entries(leaks)) {
    test(name, async () => {
      const [declared, entry] = asModule.test(source) ? source.split(/; (?=\()/) : ["", source];
      const bytes = declared
        ? frameOf(`${declared};\nexport default ${entry}`, { carrier: "file", entrypoint: "default" })
        : frameOf(source);
      const found = await runsInKept(compileFrame(decodeFrame(bytes), name), (n) => ({ n }));
      for (const each of found) assert.ok(each === undefined || each === "refused", `found ${String(each)}`);
    });
  }
});

describe("the known escapes give nothing in a kept context either", () => {
  for (const [name, body] of escapes) {
    test(name, async () => {
      const udf = compileFrame(decodeFrame(frameOf(`async ({ given }: any) => {${leaked}${body}}`)), name);
      const found = await runsInKept(udf, () => ({ given: { a: [1] } }));
      for (const each of found) assert.ok(each === "contained" || each === "refused", `found ${String(each)}`);
    });
  }
});

async function valueOf(outcome: HostOutcome): Promise<unknown> {
  return "error" in outcome ? "refused" : unpackValue(outcome.value);
}

describe("a UDF cannot tell a kept context from a fresh one", () => {
  const fixture = useEngine();
  const same: Record<string, string> = {
    ...leaks,
    "toString on a plain object":
      "() => { const o: any = {}; o.toString = () => 'own'; return [String(o), Object.keys(o)] }",
    "words that are names of properties":
      "() => { const counts: any = {}; for (const word of ['toString', 'valueOf', 'a', 'hasOwnProperty', 'a']) counts[word] = (Object.hasOwn(counts, word) ? counts[word] : 0) + 1; return counts }",
    "the name of an error class":
      "() => { class Problem extends Error { constructor(m: string) { super(m); this.name = 'Problem'; this.message = m + '!' } } try { throw new Problem('x') } catch (e: any) { return [String(e), Object.keys(e)] } }",
    "toString in a subclass":
      "() => { class A { toString() { return 'A' } } class B extends A {} const b: any = new B(); b.toString = () => 'b'; return `${b}` }",
    "a frozen object of the UDF's own":
      "() => { const o: any = Object.freeze({ a: 1 }); try { o.toString = 1 } catch (e: any) { return e.name } }",
    "an array's method replaced": "() => { const a: any = [1, 2]; a.map = () => 'own'; return a.map() }",
    "a built-in patched through another name": "() => { const f: any = Number.isFinite; f.mark = 1; return f.mark }",
    "a patch in try": "() => { try { (Array as any).mark = 1 } catch { return 'frozen' } return 'open' }",
    "a patch of a prototype":
      "() => { (String.prototype as any).shout = function () { return this.toUpperCase() }; return ('a' as any).shout() }",
    "a global of its own": "() => { (globalThis as any).mark = 3; return eval('mark') }",
    Function: "() => new Function('a', 'return a * 2')(4)",
    "what is printed":
      "({ n }) => { console.group('g'); console.log({ a: [1, new Map([[1, 2]])] }); console.count(); console.error('e'); return 1 }",
    "an error with its line": "() => {\n  const a: any = null;\n  return a.b;\n}",
    "an error of its own": "() => {\n  throw new TypeError('Cannot define that');\n}",
    "timers and microtasks":
      "async () => { const order: string[] = []; queueMicrotask(() => order.push('micro')); setTimeout(() => order.push('b'), 60); await new Promise<void>((r) => setTimeout(() => { order.push('a'); r() }, 1)); await new Promise<void>((r) => setTimeout(r, 120)); return order }",
    "the own global replaced": "() => { (console as any) = { log: () => 7 }; return console.log() }",
    "dates, sorting, formats":
      "() => [new Date(0).toISOString(), ['b', 'a'].sort(), (12345.678).toLocaleString('en'), 'ä'.localeCompare('b'), [...'abc'].entries().toArray().length]",
    "a big result": "() => ({ data: new Float32Array(5000).fill(2) })",
    "a class that travels": "() => ({ a: { [fused.toFused]: () => 5 } })",
    "a tile": "() => fused.tiles.bounds({ x: 0, y: 0, z: 1 })",
    "what cannot travel": "() => ({ a: [() => 1] })",
    "a rejection that nobody handles":
      "() => { void Promise.reject(new Error('unhandled')); return new Promise(() => {}) }",
    "generators and destructuring":
      "() => { function* g() { yield* [1, 2, 3] } const [a, ...b] = g(); return { a, b } }",
    "a set with methods": "() => new Set([1, 2]).union(new Set([3]))",
  };
  for (const [name, source] of Object.entries(same)) {
    if (asModule.test(source)) continue;
    test(name, async () => {
      const seen: unknown[] = [];
      for (let i = 0; i < 6; i++) {
        const outcome = await fixture.run(source, { n: 1 }, { limits: { timeoutMs: 3000 } });
        seen.push(visible(outcome));
      }
      for (const each of seen) assert.deepEqual(each, seen[0]);
    });
  }
});

function visible(outcome: RunOutcome): unknown {
  if (outcome.status === "ok") return { value: outcome.value, logs: outcome.logs };
  return { error: outcome.error, logs: outcome.logs };
}

describe("runs that stand in a row", () => {
  const fixture = useEngine();
  const many = (source: string, count: number, change = {}) =>
    Promise.all(Array.from({ length: count }, (_none, n) => fixture.run(source, { n }, change)));
  const warm = (source: string) => many(source, 20).then(() => undefined);

  test("each has its own value, output and error", async () => {
    const source = "({ n }) => { console.log('run', n); if (n % 7 === 3) throw new Error('no ' + n); return n * 2 }";
    await warm(source);
    (await many(source, 200)).forEach((outcome, n) => {
      assert.deepEqual(outcome.logs, [{ stream: "stdout", text: `run ${n}\n` }]);
      if (outcome.status === "ok") assert.equal(outcome.value, n * 2);
      else assert.equal(outcome.error.message, `no ${n}`);
    });
  });

  test("big results belong to the run that made them", async () => {
    const source = "({ n }) => new Uint16Array(5000).fill(n)";
    await warm(source);
    (await many(source, 60)).forEach((outcome, n) => {
      assert.equal(outcome.status === "ok" && (outcome.value as Uint16Array)[4999], n);
    });
  });

  test("one that does not end takes its own time only; those behind it run elsewhere", async () => {
    const source = "({ n }) => { if (n === 13) for (;;); return n }";
    await warm("({ n }) => n");
    await many("({ n }) => { if (n === 1313) for (;;); return n }", 20);
    const outcomes = await many(source, 40, { limits: { timeoutMs: 400 } });
    outcomes.forEach((outcome, n) => {
      if (n === 13) assert.equal(outcome.status === "error" && outcome.error.kind, "timeout");
      else assert.equal(outcome.status === "ok" && outcome.value, n);
    });
  });

  test("one that waits for what never comes keeps nobody waiting", async () => {
    const source = "async ({ n }) => { if (n === 25) await new Promise(() => {}); return n }";
    await many(source.replace("25", "2525"), 20);
    const enough = new AbortController();
    const all = Array.from({ length: 60 }, (_none, n) =>
      fixture.run(source, { n }, n === 25 ? { signal: enough.signal } : {}),
    );
    await Promise.all(all.filter((_run, n) => n !== 25));
    enough.abort();
    const outcome = await all[25]!;
    assert.equal(outcome.status === "error" && outcome.error.kind, "cancelled");
  });

  test("a lack of memory is the error of one of them", async () => {
    const source =
      "({ n }) => { if (n === 9) { const a: any[] = []; for (;;) a.push(new Array(1000).fill(n)) } return n }";
    await many(source.replace("9)", "99)"), 20, { limits: { memoryMb: 64 } });
    (await many(source, 30, { limits: { memoryMb: 64 } })).forEach((outcome, n) => {
      if (n === 9) assert.equal(outcome.status === "error" && outcome.error.kind, "memory");
      else assert.equal(outcome.status === "ok" && outcome.value, n);
    });
  });

  test("those that are cancelled end as cancelled, the others with their values", async () => {
    const source = "({ n }) => { let x = n; for (let i = 0; i < 2e6; i++) x = (x * 31 + i) | 0; return n }";
    await many(source, 6);
    const abort = new AbortController();
    const runs = Array.from({ length: 24 }, (_none, n) =>
      fixture.run(source, { n }, n % 2 === 0 ? { signal: abort.signal } : {}),
    );
    await runs[1];
    abort.abort();
    (await Promise.all(runs)).forEach((outcome, n) => {
      if (outcome.status === "ok") assert.equal(outcome.value, n);
      else assert.ok(n % 2 === 0 && outcome.error.kind === "cancelled", `${n}: ${outcome.error.message}`);
    });
  });
});
