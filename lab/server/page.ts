import type { Exchange } from "./exchange.ts";
import { decodePath } from "./contents/contents-routes.ts";
import { redirect, replyHtml } from "./exchange.ts";
import type { Route } from "./routes.ts";
import type { StaticBuild } from "./static-build.ts";

/** Addresses that the front end builds its own from. */
const addresses = {
  baseUrl: "/",
  wsUrl: "",
  token: "",
  appUrl: "/lab",
  treeUrl: "/lab/tree",
  docUrl: "/doc",
  docTreeUrl: "/doc/tree",
  workspacesUrl: "/lab/workspaces",
  workspacesApiUrl: "/lab/api/workspaces",
  settingsUrl: "/lab/api/settings",
  listingsUrl: "/lab/api/listings",
  translationsApiUrl: "/lab/api/translations",
  themesUrl: "/lab/api/themes",
};

/**
 * The page of JupyterLab: /lab with all documents, /doc/tree/x.ipynb with one. Its configuration is JSON in an element of
 * the page; it holds no secret.
 * @param root the folder of notebooks, as shown to the user
 * @param onDocument called with the path of the document that a page is about to open
 */
export function pageRoutes(build: StaticBuild, root: string, onDocument: (path: string) => void): Route[] {
  async function page(exchange: Exchange, own: { treePath?: string; [option: string]: unknown }): Promise<void> {
    if (own.treePath) onDocument(own.treePath);
    const { pageConfig } = await build.file();
    const addressesWithFull = {
      ...addresses,
      ...Object.fromEntries(
        Object.entries(addresses).map(([name, url]) => [`full${name[0]!.toUpperCase()}${name.slice(1)}`, url]),
      ),
      fullStaticUrl: "/static/lab",
    };
    const config = {
      ...addressesWithFull,
      ...pageConfig,
      workspace: "default",
      treePath: "",
      preferredPath: "/",
      serverRoot: root,
      rootUri: "",
      notebookVersion: "[7,0,0]",
      notebookStartsKernel: true,
      terminalsAvailable: false,
      nbConvertAvailable: false,
      quitButton: true,
      delete_to_trash: false,
      exposeAppInBrowser: process.env.FUSED_LAB_EXPOSE === "1",
      ...own,
    };
    // What stands in the element must not end it.
    const json = JSON.stringify(config).replaceAll("<", "\\u003c");
    replyHtml(
      exchange,
      (await build.page()).replace("__PAGE_CONFIG__", () => json),
    );
  }

  const lab = (exchange: Exchange, own: { workspace?: string; treePath?: string } = {}) =>
    page(exchange, { mode: "multiple-document", ...own });
  const doc = (exchange: Exchange, own: { workspace?: string; treePath?: string }) =>
    page(exchange, { mode: "single-document", ...own });
  const tree = (path: string | undefined) => ({ treePath: decodePath(path ?? "").replace(/^\/+/, "") });
  return [
    ["GET", "/", (exchange) => redirect(exchange, "/lab")],
    ["GET", "/tree", (exchange) => redirect(exchange, "/lab")],
    ["GET", "/(?:notebooks|tree|edit)/(.+)", (exchange) => redirect(exchange, `/lab/tree/${exchange.params[0]!}`)],
    ["GET", "/lab", (exchange) => lab(exchange)],
    ["GET", "/lab/tree(?:/(.*))?", (exchange) => lab(exchange, tree(exchange.params[0]))],
    [
      "GET",
      "/lab/workspaces/([^/]+)(?:/tree/(.*))?",
      (exchange) => lab(exchange, { workspace: decodePath(exchange.params[0]!), ...tree(exchange.params[1]) }),
    ],
    ["GET", "/doc(?:/tree(?:/(.*))?)?", (exchange) => doc(exchange, tree(exchange.params[0]))],
    // Where another page of the lab is open, JupyterLab takes a workspace of its own.
    [
      "GET",
      "/doc/workspaces/([^/]+)(?:/tree/(.*))?",
      (exchange) => doc(exchange, { workspace: decodePath(exchange.params[0]!), ...tree(exchange.params[1]) }),
    ],
  ];
}
