import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "smol-toml";

/** A TOML document as plain values, keys in snake_case, groups as tables. */
export type SettingsDocument = Record<string, unknown>;

/** Where options are saved: `FUSED_SETTINGS_FILE`, or the product's documented place in the home directory. */
export function settingsPath(): string {
  return process.env["FUSED_SETTINGS_FILE"] || join(homedir(), ".fused", "settings.toml");
}

/**
 * The saved document; empty where there is no file.
 * @throws Error where the file cannot be read or is not TOML
 */
export function readSettings(path: string): SettingsDocument {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return parse(text);
}

/** Writes the document beside its place and renames it there, so that nobody reads half a file. */
export function writeSettings(path: string, document: SettingsDocument): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, stringify(document), { mode: 0o600 });
  renameSync(draft, path);
}
