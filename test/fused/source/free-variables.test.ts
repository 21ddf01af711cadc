import assert from "node:assert/strict";
import { test } from "node:test";
import { freeVariables } from "../../../fused/source/free-variables.ts";
import { parseSource } from "../../../fused/source/parse-source.ts";

function free(source: string): string[] {
  const { program, errors } = parseSource(source);
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
    source,
  );
  return freeVariables(program);
}

const cases: [title: string, source: string, names: string[]][] = [
  ["parameters and locals", "function f(a) { const b = a; let c = b; var d = c; return d + e; }", ["e"]],
  ["each name once, by first use", "function f() { return y + x + y; }", ["y", "x"]],
  ["destructured parameters", "({ a, b: { c }, ...d }, [e, , f = g], ...h) => [a, c, d, e, f, h]", ["g"]],
  ["computed keys of patterns", "({ [key]: value }) => value", ["key"]],
  ["defaults see earlier parameters, not the body", "function f(a, b = a, c = inner) { var inner = 1; }", ["inner"]],
  ["closures", "function f() { const seen = 1; return () => () => seen + unseen; }", ["unseen"]],
  ["hoisted functions and variables", "function f() { g(); h = 1; function g() {} var h; }", []],
  ["names of function and class expressions", "(function self() { self(); }); (class C { m() { C; } }); C;", ["C"]],
  ["labels", "() => { loop: for (const a of [1]) { if (a) continue loop; break loop; } }", []],
  [
    "catch parameters",
    "() => { try { go(); } catch ({ message, ...rest }) { message; rest; } try {} catch {} }",
    ["go"],
  ],
  [
    "class fields, private names, static blocks",
    "class A extends B { x = y; #p = 1; static { s; } m() { return this.#p; } }",
    ["B", "y", "s"],
  ],
  ["decorators", "class A { @logged m() {} }", ["logged"]],
  ["property names", "(o) => ({ key: o.name, [o.other]: o?.deep.er, method() {}, get g() { return 1; } })", []],
  ["shorthand properties", "(a) => ({ a, b })", ["b"]],
  ["typeof does not throw", "() => typeof window === 'undefined' || typeof a.b", ["a"]],
  ["but a later use does", "() => typeof window === 'undefined' ? 1 : window", ["window"]],
  [
    "types alone",
    "(a: Foo, b: typeof data): Bar<Baz> => { const c = a as Qux; type T = keyof typeof data; return <U>c; }",
    [],
  ],
  ["type predicates", "function isText(x: unknown): x is string { return typeof x === 'string'; }", []],
  ["enums", "enum E { A = 1, B = A << 1, C = outside } E.B;", ["outside"]],
  ["namespaces", "namespace N { export const a = 1; export const b = a + outside; } N.b;", ["outside"]],
  ["ambient declarations", "declare const given: number; given;", []],
  ["imports", "import d, { n as m } from 'a'; import * as s from 'b'; import type { T } from 'c'; d; m; s; n;", ["n"]],
  ["exports", "const a = 1; export { a }; export default a; export * from 'x';", []],
  [
    "assignments to names nobody declared",
    "() => { total = 1; count++; delete gone.x; [a.b, c] = []; }",
    ["total", "count", "gone", "a", "c"],
  ],
  ["tagged templates", "() => sql`select ${id}`", ["sql", "id"]],
  [
    "worker globals",
    "() => [fetch, fused, console, Math, structuredClone, setTimeout, require, globalThis, undefined]",
    [],
  ],
  [
    "what is not on the worker",
    "() => [process, Buffer, window, document]",
    ["process", "Buffer", "window", "document"],
  ],
  ["import.meta, new.target, arguments", "function f() { return [import.meta, new.target, arguments]; }", []],
  ["using and for await", "async () => { using a = open(); for await (const b of a) b; }", ["open"]],
  ["generators", "function* f() { const got = yield start; yield* got; }", ["start"]],
  ["block scope", "() => { { let inner = 1; } return inner; }", ["inner"]],
];

for (const [title, source, names] of cases) {
  test(`F006 free variables: ${title}`, () => assert.deepEqual(free(source), names));
}
