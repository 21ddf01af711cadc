import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createCellCalls, type CallLinks } from "../../kernel/sandbox/cell-calls.ts";
import { createCellRequests } from "../../kernel/sandbox/cell-requests.ts";
import { readMessage, type MessageLinks } from "../../kernel/sandbox/from-isolate.ts";
import { createHostGrants } from "../../kernel/sandbox/host-grants.ts";
import { safeBundle } from "../../kernel/sandbox/safe-bundle.ts";

/**
 * What a cell would send that has got hold of the isolate's own functions: anything. The host may refuse it, and may pass
 * on what is of the right kind; it must not throw out of its event loop, nor change itself.
 */
const names = [
  "show",
  "clear",
  "finished",
  "answer",
  "stray",
  "evaluated",
  "done",
  "ready",
  "constructor",
  "__proto__",
];
const keys = [
  "type",
  "execution",
  "shown",
  "of",
  "displayId",
  "update",
  "error",
  "id",
  "values",
  "what",
  "__proto__",
  "text",
  "bundle",
  "udf",
  "data",
  "ename",
  "stack",
];
const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...names),
    fc.jsonValue(),
    fc.double(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...keys), tie("value")), { maxLength: 6 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
})).value;
const raw = fc.oneof(
  anything,
  anything.map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 40 }).map(({ buffer }) => buffer),
);

test("3,000 random messages and calls leave the host as it was", async () => {
  const sent: { type: string }[] = [];
  const works: Promise<unknown>[] = [];
  const udfs = (): never => {
    throw new Error("no UDFs here");
  };
  const nothing = () => {};
  const links = {
    kernel: { send: (message: { type: string }) => void sent.push(message) },
    outputs: {
      text: nothing,
      flush: nothing,
      room: nothing,
      next: (work: () => unknown) => void works.push(Promise.resolve().then(work).catch(nothing)),
    },
    executor: { finished: nothing, answered: nothing, showStray: nothing },
    evaluations: { settled: nothing },
    udfs,
  } as unknown as MessageLinks;
  const calls = createCellCalls({
    udfs,
    ask: async () => null,
    evaluate: nothing,
    help: async () => {},
    magic: udfs,
    cellName: () => "",
  } as unknown as CallLinks);
  const replies: unknown[][] = [];
  const requests = createCellRequests({
    grants: createHostGrants({ hosts: [], privateHosts: [] }),
    addPackage: async () => {},
    call: calls.call,
    reply: (...values) => void replies.push(values),
    ask: async () => null,
    latestExecution: () => 1,
  });
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  await fc.assert(
    fc.asyncProperty(raw, raw, raw, raw, async (first, second, third, fourth) => {
      try {
        readMessage(first, second, links);
      } catch (error) {
        // isolated-vm drops what a callback throws.
        assert.ok(error instanceof Error);
      }
      requests.request(first, second, third, fourth);
      requests.drop(first);
      for (const kind of ["udf", "pool"]) assert.equal(typeof JSON.parse(calls.askNow(kind, third)), "object");
      await Promise.all(works.splice(0));
    }),
    { numRuns: 3000 },
  );
  assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  const types = new Set(sent.map(({ type }) => type));
  for (const type of types) assert.ok(["result", "display", "clear"].includes(type), type);
});

test("a bundle of a notebook keeps nothing that a front end would run", () => {
  const { data } = safeBundle(
    {
      data: {
        "text/html":
          '<p onmouseover="x()">a<script>x()</script><object data="x"></object><a href="java&#115;cript:x()">b</a></p><style>@import "http://evil.example/";</style>',
        "image/svg+xml": '<svg><script>x()</script><use href="data:image/svg+xml;base64,AAAA#x"/><circle r="1"/></svg>',
        "text/markdown": "[a](javascript:x()) <img src=http://evil.example/ onerror=x()>",
        "application/javascript": "x()",
        "application/vnd.fused.map+json": {},
        "text/plain": { toString: "no" },
      },
      metadata: {},
    },
    false,
  );
  const all = JSON.stringify(data);
  assert.doesNotMatch(all, /script|onmouseover|onerror|object|@import|base64|vnd\.fused/);
  assert.match(String(data["text/html"]), /<circle r="1"/);
});
