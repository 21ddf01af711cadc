import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { writeWhole } from "./write-whole.ts";

/** A TOML document as plain values, keys in snake_case, groups as tables. */
export type SettingsDocument = Record<string, unknown>;

type Toml = typeof import("smol-toml");
let tomlModule: Toml | undefined;

/** Loaded where there is a file to read or write: most processes have none. */
function toml(): Toml {
  return (tomlModule ??= createRequire(import.meta.url)("smol-toml") as Toml);
}

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
  return toml().parse(text);
}

/** Writes the document, and makes its folder. @throws as node:fs does */
export function writeSettings(path: string, document: SettingsDocument): void {
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, toml().stringify(document));
}
