import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { replyJson } from "../exchange.ts";
import type { KernelRegistry } from "../kernels/kernel-registry.ts";
import type { Route } from "../routes.ts";
import type { Folder } from "./folder.ts";

/** Where a path leads that a kernel has printed; of what lies outside of the lab's folder nothing is said. */
interface Resolution {
  resolved: { scope: "server"; path: string }[];
  unresolved: { scope: "server" }[];
}

/**
 * /api/resolvePath?path=…&kernel=…: the file that a path in an output means, so that the page can make it a link
 * (https://github.com/jupyter-server/jupyter_server/pull/1331). Without this, JupyterLab asks the contents for each path
 * that an output seems to name, and is told 404 for most of them.
 */
export function resolvePathRoutes(folder: Folder, kernels: KernelRegistry): Route[] {
  return [
    [
      "GET",
      "/api/resolvePath",
      async (exchange) => {
        const kernel = kernels.find(exchange.query.get("kernel") ?? "");
        const path = await resolvePath(folder, exchange.query.get("path") ?? "", kernel?.launch.cwd ?? folder.root);
        const answer: Resolution =
          path === undefined
            ? { resolved: [], unresolved: [{ scope: "server" }] }
            : { resolved: [{ scope: "server", path }], unresolved: [] };
        replyJson(exchange, answer);
      },
    ],
  ];
}

/**
 * @param path as it was printed: absolute, from the home folder, or from the kernel's
 * @param cwd the kernel's folder
 * @returns the path as the contents have it; undefined where nothing of the lab's folder stands there
 */
async function resolvePath(folder: Folder, path: string, cwd: string): Promise<string | undefined> {
  if (path === "") return undefined;
  const absolute = path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(cwd, path);
  const inside = relative(folder.root, absolute);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return undefined;
  const place = await folder.findExisting(inside.split(sep).join("/")).catch(() => undefined);
  return place?.apiPath;
}
