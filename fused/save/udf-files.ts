import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UdfSerializationError } from "../errors.ts";
import { isFileName } from "../imports/local-modules.ts";
import { importPlace } from "../imports/module-folder.ts";
import { localModules } from "../imports/with-imports.ts";
import type { Language } from "../meta/meta-json.ts";
import { writeMeta } from "../meta/write-meta.ts";
import { signature } from "../udf-display.ts";
import type { UdfState } from "../udf-state.ts";

/** The files of a UDF by name (fused-spec.md 7.2), sorted by name, so that the same UDF always gives the same. */
export function udfFiles(state: UdfState): Map<string, string> {
  const { frame, loaded } = state;
  const language = state.language ?? "typescript";
  const ending = language === "python" ? "py" : "ts";
  // Code that stood in meta.json goes back there.
  const isInline = loaded?.metaText !== undefined && loaded.codeFile === undefined;
  const codeFile = loaded?.codeFile ?? `${fileName(frame.name)}.${ending}`;
  const local = language === "python" ? [] : localModules(frame, importPlace(state));
  const lost = local.find(({ problem }) => problem !== undefined);
  if (lost) throw new UdfSerializationError(`${frame.name} cannot be saved: ${lost.problem}`, { udfName: frame.name });
  const headers = [...frame.headers, ...local].map(({ moduleName, source }) => {
    return { moduleName, source, file: loaded?.headerFiles[moduleName] ?? headerFile(moduleName, ending) };
  });
  const meta = writeMeta(
    {
      language,
      name: frame.name,
      entrypoint: frame.entrypoint,
      parameters: jsonParameters(state),
      metadata: frame.metadata,
      code: isInline ? { text: frame.source } : { file: codeFile },
      headers,
      runDefaults: state.runDefaults,
      diskSizeGb: state.diskSizeGb,
      region: state.region,
    },
    loaded?.metaText,
  );
  const readme = loaded?.readme;
  const files: [string, string][] = [
    [readme?.file ?? "README.MD", readme?.text ?? readmeText(state, language)],
    ["meta.json", meta],
    ...headers.map(({ file, source }): [string, string] => [file, source]),
    ...(isInline ? [] : [[codeFile, loaded?.codeText ?? frame.source] as [string, string]]),
  ];
  const byName = new Map(files);
  if (byName.size < files.length) {
    throw new UdfSerializationError(
      `${frame.name} cannot be saved: two of its files would have one name (${files.map(([file]) => file).join(", ")}). ` +
        "Give the header module another name.",
      { udfName: frame.name },
    );
  }
  return new Map([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The file of a header module: that of a local file keeps its name, and data is code that gives it. */
function headerFile(moduleName: string, ending: string): string {
  if (!isFileName(moduleName)) return `${fileName(moduleName)}.${ending}`;
  const name = fileName(basename(moduleName));
  return /\.[cm]?[jt]s$/.test(name) ? name : `${name}.${ending}`;
}

/** What a folder or zip of the UDF is called. */
export function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_.-]+/gu, "_").replace(/^\.+/, "") || "udf";
}

/** @throws UdfSerializationError for a default that JSON cannot hold */
function jsonParameters({ frame, defaults }: UdfState): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const written: unknown = typeof value === "bigint" ? String(value) : value;
      let read: unknown;
      try {
        read = JSON.parse(JSON.stringify(written));
      } catch {
        read = undefined;
      }
      if (isDeepStrictEqual(read, written)) return [name, written];
      throw new UdfSerializationError(
        `${frame.name} cannot be saved: the default of its parameter ${name} cannot be written as JSON. Set another with ` +
          "setParameters, or leave it out.",
        { udfName: frame.name, parameter: name },
      );
    }),
  );
}

function readmeText(state: UdfState, language: Language): string {
  const { frame } = state;
  const description = frame.metadata["description"];
  const code = language === "python" ? "python" : "ts";
  const parts = [
    `# ${frame.name}`,
    typeof description === "string" ? description.trim() : "",
    `\`\`\`${code}\n${signature(state)}\n\`\`\``,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}
