import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HttpError } from "./http-error.ts";

/** dist/lab/build.json: what the build of lab/app says of itself. All paths are relative to its folder. */
export interface BuildFile {
  version: string;
  page: string;
  pageConfig: Record<string, unknown>;
  themes: Record<string, string>;
  schemas: string;
}

export interface PluginSchema {
  id: string;
  version: string;
  schema: unknown;
}

/** The built front end. Read when it is asked for, so that a server can run without it. */
export interface StaticBuild {
  folder: string;
  /** @throws HttpError 503 where it has not been built */
  file(): Promise<BuildFile>;
  page(): Promise<string>;
  /** By the plugin's id; none where nothing was built. */
  schemas(): Promise<Map<string, PluginSchema>>;
}

export function openStaticBuild(folder: string): StaticBuild {
  let schemas: Promise<Map<string, PluginSchema>> | undefined;

  async function file(): Promise<BuildFile> {
    const text = await readFile(join(folder, "build.json"), "utf8").catch(() => {
      throw new HttpError(503, "JupyterLab has not been built. Run: npm run build");
    });
    return JSON.parse(text) as BuildFile;
  }

  async function readSchemas(): Promise<Map<string, PluginSchema>> {
    const { schemas: path } = await file();
    const list = JSON.parse(await readFile(join(folder, path), "utf8")) as PluginSchema[];
    return new Map(list.map((each) => [each.id, each]));
  }

  return {
    folder,
    file,
    page: async () => readFile(join(folder, (await file()).page), "utf8"),
    schemas: () =>
      (schemas ??= readSchemas().catch((error: Error) => {
        schemas = undefined;
        if (error instanceof HttpError) return new Map();
        throw error;
      })),
  };
}
