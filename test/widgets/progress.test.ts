import assert from "node:assert/strict";
import { test } from "node:test";
import { displayProgress, duration } from "../../widgets/progress/display-progress.ts";
import { assertSurvives } from "./sanitizer.ts";

const errors = ["3/2/1", "3/2/2", "3/2/3", "3/2/4"].map((at) => ({
  at,
  message: `Error: <${at}>\n    at udf (udf:1:1)`,
}));

test("a fan-out under way: how many, in which states, time spent and left, the first three errors", () => {
  const bundle = displayProgress({
    title: "flights",
    total: 64,
    counts: { done: 38, failed: 4, running: 2, queued: 20 },
    elapsedMs: 3200,
    etaMs: 1900,
    workers: 2,
    errors,
  });
  assert.equal(
    bundle.data["text/plain"],
    [
      "flights: 42 of 64 · 38 done, 4 failed, 2 running, 20 queued · 3.2 s · about 1.9 s left · 2 at once",
      "  3/2/1: Error: <3/2/1>",
      "  3/2/2: Error: <3/2/2>",
      "  3/2/3: Error: <3/2/3>",
      "  and 1 more error",
    ].join("\n"),
  );
  const html = String(bundle.data["text/html"]);
  assertSurvives(html);
  assert.match(html, /<progress value="42" max="64"[^>]*>66 %<\/progress>/);
  assert.match(html, /Error: &lt;3\/2\/1&gt;/);
});

test("a finished one is one line", () => {
  const bundle = displayProgress({
    title: "flights",
    total: 64,
    counts: { done: 60, cached: 4 },
    elapsedMs: 65_400,
    etaMs: 0,
    workers: 2,
  });
  assert.equal(bundle.data["text/plain"], "flights: 64 of 64 · 60 done, 4 cached · in 1 min 5 s");
});

test("nothing to do, nothing started", () => {
  assert.equal(
    displayProgress({ title: "a", total: 0, counts: {}, elapsedMs: 0 }).data["text/plain"],
    "a: 0 of 0 · nothing started · in 0 ms",
  );
});

test("durations in the unit that suits", () => {
  assert.deepEqual([40, 940, 999, 9_940, 59_400, 3_599_000, 7_800_000].map(duration), [
    "40 ms",
    "940 ms",
    "1.0 s",
    "9.9 s",
    "59 s",
    "59 min 59 s",
    "2 h 10 min",
  ]);
});
