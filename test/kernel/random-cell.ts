import fc from "fast-check";

/** Pieces of cells; what ends or floods the session, or reaches outside of it, is for other tests. */
const pieces = [
  "const a = 1",
  "let b = [1, 2, 3]",
  "var c = { d: 4 }",
  "function f(x: number) { return x * 2 }",
  "class C { #p = 1; get q() { return this.#p } }",
  "f(2)",
  "a + 1",
  "b.map((x) => x + 1)",
  "c",
  "new C()",
  "await 0",
  "await new Promise((r) => setTimeout(r, 1))",
  "throw new Error('x')",
  "throw null",
  "Promise.reject(new Error('later'))",
  "setTimeout(() => { throw new Error('timer') }, 1)",
  "console.log(a, b)",
  "console.error('e')",
  "process.stdout.write('t')",
  "for (const i of [1, 2]) console.log(i)",
  "while (false) {}",
  "while (true) {}",
  "display({ a: 1 })",
  "display('<b>', { raw: true })",
  "clearOutput()",
  "export const g = 1",
  "export default 5",
  "import { join } from 'node:path'",
  "import nope from './nope.ts'",
  "enum E { A, B }",
  "type T = { a: string }",
  "interface I { b: T }",
  "%lsmagic",
  "%nosuch",
  "%%html\n<b>x</b>",
  "%%nosuch\nbody",
  "f?",
  "f??",
  "typeof b",
  "Symbol('s')",
  "10n ** 40n",
  "new Proxy({}, { get() { throw 1 } })",
  "new Date(NaN)",
  "/(/",
  "`${a}`",
  "`open",
  "({",
  "})",
  "[...",
  "'",
  "/*",
  "//",
  "\\u{1f30d}",
  "🌍",
  "\0",
  "\ud800",
  "return 1",
  "yield",
  "label: for (;;) { break label }",
  "(async () => { throw 2 })()",
  "new Map([[1, new Set([b])]])",
  "const circular: any = {}; circular.me = circular; circular",
  "Object.create(null)",
  "globalThis",
  "__fused",
  "delete globalThis.f",
  "input('x')",
  "prompt('x')",
  "jupyter.broadcast('status', {})",
  "jupyter.openComm('t', {})",
  "@dec class D {}",
  "<div>jsx</div>",
  "using u = null",
  "(function r() { r() })()",
  "new Array(1e5).fill(0)",
  "'x'.repeat(1e5)",
  "queueMicrotask(() => { throw 3 })",
  "Error.prepareStackTrace = () => 5",
  "Error.stackTraceLimit = 0",
  "Object.prototype.polluted = 1",
  "delete Object.prototype.polluted",
  "%time 1 + 1",
  "const a: = 3",
  "eval('1')",
  "new Function('return 1')()",
];

const piece = fc.constantFrom(...pieces);
const glue = fc.constantFrom("\n", "; ", " ", "", "\n\n", " + ", ", ");
const composed = fc
  .array(fc.tuple(piece, glue), { minLength: 1, maxLength: 6 })
  .map((list) => list.map(([code, after]) => code + after).join(""));
/** A composed cell with a few characters taken out or put in. */
const damaged = fc
  .tuple(
    composed,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.string({ maxLength: 3, unit: "binary" })), { maxLength: 3 }),
  )
  .map(([code, edits]) =>
    edits.reduce(
      (text, [at, gone, put]) =>
        text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + gone),
      code,
    ),
  );

/** The text of a cell: sensible, nearly sensible, or none. A line never begins with `!`: it would run in a shell. */
export const randomCell: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 5, arbitrary: composed },
    { weight: 3, arbitrary: damaged },
    { weight: 1, arbitrary: fc.string({ maxLength: 60, unit: "binary" }) },
  )
  .map((code) => code.replaceAll("!", "¡"));
