import { writeFileSync } from "node:fs";
import { spec } from "node:test/reporters";

/**
 * Node's own report, then what was skipped and why; in CI (CI=true) a test that lacks a part of its own is a failure.
 * The files that hold a failure are named in the file FUSED_TEST_FAILED, where that is set.
 */
export default async function* report(source) {
  const skipped = new Map();
  const failed = new Set();
  async function* watched() {
    for await (const event of source) {
      const { data } = event;
      if (event.type === "test:pass" && data.skip !== undefined) {
        const reason = typeof data.skip === "string" && data.skip ? data.skip : "no reason given";
        skipped.set(reason, [...(skipped.get(reason) ?? []), data.name]);
      }
      if (event.type === "test:fail" && data.file) failed.add(data.file);
      yield event;
    }
  }
  yield* streamThrough(watched(), new spec());
  for (const [reason, names] of skipped) yield `skipped: ${reason}\n${names.map((name) => `  - ${name}\n`).join("")}`;
  if (skipped.size > 0 && process.env.CI === "true") {
    yield "In CI nothing may be skipped: install what is missing in .ci/run.\n";
    process.exitCode = 1;
    // Another try would lack the same.
    failed.clear();
  }
  if (process.env.FUSED_TEST_FAILED) writeFileSync(process.env.FUSED_TEST_FAILED, JSON.stringify([...failed]));
}

async function* streamThrough(events, transform) {
  const feeding = (async () => {
    for await (const event of events)
      if (!transform.write(event)) await new Promise((go) => transform.once("drain", go));
    transform.end();
  })();
  yield* transform;
  await feeding;
}
