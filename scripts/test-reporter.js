import { spec } from "node:test/reporters";

/** Node's own report, then what was skipped and why; in CI (CI=true) a test that lacks a part of its own is a failure. */
export default async function* report(source) {
  const skipped = new Map();
  async function* watched() {
    for await (const event of source) {
      const { data } = event;
      if (event.type === "test:pass" && data.skip !== undefined) {
        const reason = typeof data.skip === "string" && data.skip ? data.skip : "no reason given";
        skipped.set(reason, [...(skipped.get(reason) ?? []), data.name]);
      }
      yield event;
    }
  }
  yield* streamThrough(watched(), new spec());
  for (const [reason, names] of skipped) yield `skipped: ${reason}\n${names.map((name) => `  - ${name}\n`).join("")}`;
  if (skipped.size > 0 && process.env.CI === "true") {
    yield "In CI nothing may be skipped: install what is missing in .ci/run.\n";
    process.exitCode = 1;
  }
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
