import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import JSON5 from "json5";
import { decodePart, readJson, replyEmpty, replyJson } from "../exchange.ts";
import { HttpError } from "../http-error.ts";
import type { Route } from "../routes.ts";
import { writeAtomic } from "../write-atomic.ts";
import type { StaticBuild } from "../static-build.ts";

/** A plugin's settings: what may be set (from the build), and what the user has set (JSON with comments, a file each). */
interface Settings {
  id: string;
  version: string;
  schema: unknown;
  raw: string;
  settings: unknown;
  warning: string | null;
  last_modified: string | null;
  created: string | null;
}

/** /lab/api/settings: https://jupyterlab-server.readthedocs.io/en/latest/api/rest.html */
export function settingsRoutes(build: StaticBuild, stateFolder: string): Route[] {
  const folder = join(stateFolder, "settings");

  async function settingsOf(id: string): Promise<Settings> {
    const found = (await build.schemas()).get(id);
    if (!found) throw new HttpError(404, `there are no settings of ${id}`);
    const path = pathOf(folder, id);
    const settings: Settings = {
      ...{ id, version: found.version, schema: found.schema },
      ...{ raw: "{}", settings: {}, warning: null, last_modified: null, created: null },
    };
    const raw = await readFile(path, "utf8").catch(() => undefined);
    if (raw === undefined) return settings;
    const { mtime, birthtime } = await stat(path);
    const dates = { last_modified: mtime.toISOString(), created: birthtime.toISOString() };
    try {
      return { ...settings, ...dates, raw, settings: JSON5.parse(raw) };
    } catch (error) {
      return { ...settings, ...dates, raw, warning: `Failed to load settings: ${(error as Error).message}` };
    }
  }

  return [
    [
      "GET",
      "/lab/api/settings",
      async (exchange) => {
        const ids = [...(await build.schemas()).keys()];
        if (exchange.query.get("ids_only") === "true")
          return replyJson(exchange, { settings: ids.map((id) => ({ id })) });
        replyJson(exchange, { settings: await Promise.all(ids.map(settingsOf)) });
      },
    ],
    ["GET", "/lab/api/settings/(.+)", async (it) => replyJson(it, await settingsOf(decodePart(it.params[0]!)))],
    [
      "PUT",
      "/lab/api/settings/(.+)",
      async (exchange) => {
        const { raw } = await readJson(exchange);
        const { id } = await settingsOf(decodePart(exchange.params[0]!));
        if (typeof raw !== "string") throw new HttpError(400, "settings are put as { raw: TEXT }");
        try {
          JSON5.parse(raw);
        } catch (error) {
          throw new HttpError(400, `Invalid JSON5 in settings of ${id}: ${(error as Error).message}`);
        }
        const path = pathOf(folder, id);
        await mkdir(dirname(path), { recursive: true });
        if (raw.trim() === "" || raw.trim() === "{}") await rm(path, { force: true });
        else await writeAtomic(path, raw);
        replyEmpty(exchange);
      },
    ],
  ];
}

/** `@jupyterlab/apputils-extension:themes`; only ids of the build come here, and yet none may name another folder. */
function pathOf(folder: string, id: string): string {
  const safe = id.split(/[/:]/).map((part) => part.replace(/[^\w@.-]/g, "_").replace(/^\.+$/, "_"));
  return join(folder, `${safe.join("__")}.jupyterlab-settings`);
}
