import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodePart, readJson, replyEmpty, replyJson } from "../exchange.ts";
import { HttpError } from "../http-error.ts";
import type { Route } from "../routes.ts";
import { writeAtomic } from "../write-atomic.ts";

interface Workspace {
  data: unknown;
  metadata: { id: string; last_modified?: string; created?: string };
}

/**
 * /lab/api/workspaces: which documents are open and how they are laid out, by the workspace's name.
 * @param folder the folder of notebooks: each has its own workspaces
 */
export function workspacesRoutes(stateFolder: string, folder: string): Route[] {
  const place = join(stateFolder, "workspaces", createHash("sha256").update(folder).digest("hex").slice(0, 16));
  const pathOf = (id: string) =>
    join(place, `${createHash("sha256").update(id).digest("hex").slice(0, 24)}.jupyterlab-workspace`);

  async function read(path: string): Promise<Workspace | undefined> {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const workspace = JSON.parse(text) as Workspace;
      const { mtime, birthtime } = await stat(path);
      const dates = { last_modified: mtime.toISOString(), created: birthtime.toISOString() };
      return { data: workspace.data, metadata: { ...workspace.metadata, ...dates } };
    } catch {
      return undefined;
    }
  }

  return [
    [
      "GET",
      "/lab/api/workspaces",
      async (exchange) => {
        const files = await readdir(place).catch(() => []);
        const found = (await Promise.all(files.map((file) => read(join(place, file))))).filter(
          (each) => each !== undefined,
        );
        replyJson(exchange, { workspaces: { ids: found.map((each) => each.metadata.id), values: found } });
      },
    ],
    [
      "GET",
      "/lab/api/workspaces/(.+)",
      async (exchange) => {
        const id = decodePart(exchange.params[0]!);
        replyJson(exchange, (await read(pathOf(id))) ?? { data: {}, metadata: { id } });
      },
    ],
    [
      "PUT",
      "/lab/api/workspaces/(.+)",
      async (exchange) => {
        const id = decodePart(exchange.params[0]!);
        const { data, metadata } = (await readJson(exchange)) as Partial<Workspace>;
        if (metadata?.id !== id) throw new HttpError(400, `metadata.id must be "${id}"`);
        await mkdir(place, { recursive: true });
        await writeAtomic(pathOf(id), JSON.stringify({ data, metadata: { id } }));
        replyEmpty(exchange);
      },
    ],
    [
      "DELETE",
      "/lab/api/workspaces/(.+)",
      async (exchange) => {
        await rm(pathOf(decodePart(exchange.params[0]!)), { force: true });
        replyEmpty(exchange);
      },
    ],
  ];
}
