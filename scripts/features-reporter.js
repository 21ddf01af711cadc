/** One line of JSON for each test that has ended. */
export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === "test:pass" || type === "test:fail") {
      yield `${JSON.stringify({ name: data.name, passed: type === "test:pass" && !data.skip })}\n`;
    }
  }
}
