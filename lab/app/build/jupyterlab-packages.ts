import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "./app-folder.ts";

export interface JupyterlabPackage {
  name: string;
  version: string;
  folder: string;
  /** JavaScript that imports the package's style sheets and those that it builds on. */
  styleModule?: string;
  jupyterlab: { schemaDir?: string; themePath?: string };
}

/** The extension packages that lab/app/package.json names, by what their own package.json says. */
export function jupyterlabPackages(): JupyterlabPackage[] {
  const { dependencies } = readJson(join(appFolder, "package.json")) as { dependencies: Record<string, string> };
  return Object.keys(dependencies).flatMap((name) => {
    const folder = join(appFolder, "node_modules", name);
    const { version, styleModule, jupyterlab } = readJson(join(folder, "package.json")) as Partial<JupyterlabPackage>;
    return jupyterlab ? [{ name, version: version!, folder, styleModule, jupyterlab }] : [];
  });
}

/**
 * Defaults that are other than JupyterLab's. A language server may still be starting, on a busy machine, when the first
 * completion is asked for: after JupyterLab's second nothing would be shown, and no word said.
 */
const ourDefaults: Record<string, Record<string, unknown>> = {
  "@jupyterlab/completer-extension:manager": { providerTimeout: 8000 },
};

/** A plugin's settings: what the settings editor and the plugin itself read. */
export interface SettingsSchema {
  /** `@jupyterlab/notebook-extension:tracker` */
  id: string;
  version: string;
  schema: unknown;
}

export function settingsSchemas(packages: JupyterlabPackage[]): SettingsSchema[] {
  return packages.flatMap(({ name, version, folder, jupyterlab: { schemaDir } }) => {
    const schemas = schemaDir === undefined ? "" : join(folder, schemaDir);
    if (schemas === "" || !existsSync(schemas)) return [];
    return readdirSync(schemas)
      .filter((file) => file.endsWith(".json") && !file.startsWith("package.json"))
      .map((file) => ({
        id: `${name}:${file.slice(0, -".json".length)}`,
        version,
        schema: readJson(join(schemas, file)),
      }))
      .map(withOurDefaults);
  });
}

/** @throws Error where JupyterLab has no such setting any more */
function withOurDefaults(settings: SettingsSchema): SettingsSchema {
  const { properties } = settings.schema as { properties?: Record<string, { default?: unknown }> };
  for (const [name, value] of Object.entries(ourDefaults[settings.id] ?? {})) {
    if (properties?.[name] === undefined) throw new Error(`${settings.id} has no setting ${name}`);
    properties[name].default = value;
  }
  return settings;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
