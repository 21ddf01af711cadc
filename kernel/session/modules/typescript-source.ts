import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { codeFrame } from "../code-frame.ts";

const require = createRequire(import.meta.url);

/**
 * A TypeScript or JSX file as JavaScript, with a source map in it that leads Node's stack traces to the file's own lines.
 * @param url `file:` URL, with or without a query
 * @throws SyntaxError with the place and the code around it
 */
export function compileFile(url: string): string {
  const path = fileURLToPath(url.replace(/[?#].*$/, ""));
  const source = readFileSync(path, "utf8");
  const { transformSync } = require("oxc-transform") as typeof import("oxc-transform");
  const lang = path.endsWith("sx") ? "tsx" : "ts";
  const { code, map, errors } = transformSync(path, source, {
    lang,
    sourceType: "module",
    sourcemap: true,
    target: "esnext",
    // A name that is imported and used as a type alone may be a type, which the module has not got at run time.
    typescript: { onlyRemoveTypeImports: false },
    decorator: { legacy: true },
  });
  const [first] = errors;
  if (first) {
    const before = source.slice(0, first.labels[0]?.start ?? source.length).split("\n");
    const [line, column] = [before.length, before.at(-1)!.length + 1];
    const frame = codeFrame(source, line, column);
    const error = new SyntaxError(`${first.message} (${path}:${line}:${column})`);
    const text = [`SyntaxError: ${first.message}`, `    at ${path}:${line}:${column}`, "", frame];
    if (first.helpMessage) text.push("", first.helpMessage);
    throw Object.defineProperty(error, Symbol.for("fused.traceback"), { value: text.join("\n") });
  }
  const encoded = Buffer.from(
    JSON.stringify({ ...map, file: path, sources: [url.replace(/[?#].*$/, "")], sourcesContent: [source] }),
  ).toString("base64");
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
}
