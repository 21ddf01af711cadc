import assert from "node:assert/strict";

/**
 * What JupyterLab 4's sanitizer leaves of untrusted HTML (@jupyterlab/apputils 4.7, sanitizer.ts), as far as we use
 * it: tags, their attributes, and properties in inline styles. Notebook 6 drops inline styles too.
 */
const tags: Record<string, string[]> = {
  b: [],
  br: [],
  code: [],
  div: [],
  i: [],
  img: ["src", "width", "height", "alt"],
  p: [],
  progress: ["value", "max"],
  small: [],
  table: [],
  tbody: [],
  td: ["align"],
  th: ["align"],
  thead: [],
  tr: [],
};
const everywhere = ["style", "title"];
const properties = (
  "border-collapse border-radius font-weight height margin max-width opacity overflow-x padding " +
  "text-align white-space width"
).split(" ");

/** Fails where a front end would take something out of the HTML, or where it would have to load something. */
export function assertSurvives(html: string): void {
  for (const [, close, tag, attributes] of html.matchAll(/<(\/?)([a-zA-Z][^\s>/]*)((?:[^>"]|"[^"]*")*)>/g)) {
    const allowed = tags[tag!];
    assert(allowed, `<${tag}> is kept`);
    if (close) continue;
    for (const [, name, value] of attributes!.matchAll(/([a-z-]+)="([^"]*)"/g)) {
      assert([...allowed, ...everywhere].includes(name!), `${name} is kept on <${tag}>`);
      if (name === "src") assert.match(value!, /^data:image\/(png|webp);base64,/);
      if (name !== "style") continue;
      for (const rule of value!.split(";")) assert(properties.includes(rule.split(":")[0]!.trim()), `${rule} is kept`);
    }
  }
}

/** Kilobytes that an output takes in a notebook file. */
export function kilobytes(bundle: unknown): number {
  return Buffer.byteLength(JSON.stringify(bundle)) / 1000;
}
