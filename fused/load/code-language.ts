import type { Language } from "../meta/meta-json.ts";

const endings: Record<string, Language> = {
  ".ts": "typescript",
  ".mts": "typescript",
  ".js": "typescript",
  ".mjs": "typescript",
  ".py": "python",
};

/** The language of a code file by its name; undefined for other files, declarations and tests among them. */
export function languageOfFile(file: string): Language | undefined {
  if (/\.(d|test|spec)\.m?[tj]s$/.test(file)) return undefined;
  return endings[/\.[^./\\]+$/.exec(file)?.[0]?.toLowerCase() ?? ""];
}

/** The language of source text that has no file name. */
export function languageOfText(text: string): Language {
  return /^(async\s+)?def\s+\w+\s*\(/m.test(text) ? "python" : "typescript";
}
