import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { stat } from "node:fs/promises";
import { readFileSync } from "node:fs";
import type { KernelLaunch } from "../../kernelspec/kernel-process.ts";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { checkOrigin, checkXsrf, identify } from "./access/guard.ts";
import { isLoopback } from "./access/hosts.ts";
import { Login, cookieValues } from "./access/login.ts";
import { contentsRoutes } from "./contents/contents-routes.ts";
import { filesRoutes } from "./contents/files-route.ts";
import { Folder } from "./contents/folder.ts";
import { kernelNamedBy } from "./contents/kernel-named-by.ts";
import { resolvePathRoutes } from "./contents/resolve-path.ts";
import { Signatures } from "./contents/signatures.ts";
import { Events } from "./events.ts";
import { redirect, replyHtml, replyJson, splitUrl } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import { KernelRegistry } from "./kernels/kernel-registry.ts";
import { kernelRoutes } from "./kernels/kernel-routes.ts";
import { launchOf } from "./kernels/kernelspecs.ts";
import { serverRoutes } from "./lab-api/server-routes.ts";
import { settingsRoutes } from "./lab-api/settings.ts";
import { workspacesRoutes } from "./lab-api/workspaces.ts";
import { howToLogIn, letIn, loginRoutes } from "./login-routes.ts";
import { pageRoutes } from "./page.ts";
import { plainPage } from "./plain-page.ts";
import { compileRoutes } from "./routes.ts";
import { securityHeaders } from "./security-headers.ts";
import { SessionRegistry } from "./sessions.ts";
import type { StartKernel } from "./sessions.ts";
import { defaultStateFolder, keyFile, openStateFolder } from "./state-folder.ts";
import { openStaticBuild } from "./static-build.ts";
import { staticRoutes } from "./static-files.ts";
import { acceptSockets } from "./web-sockets.ts";

export interface LabOptions {
  /** The folder that is shown, and beyond which nothing can be reached. */
  folder: string;
  /** Address to listen at; default: loopback. */
  host?: string;
  /** 0: any free one. */
  port?: number;
  /** A fixed token, for clients that are no browsers. */
  token?: string;
  /** Where settings, workspaces and keys are kept. */
  stateFolder?: string;
  /** The built front end. */
  staticFolder?: string;
  /** Bytes that one request may save. */
  uploadLimit?: number;
  /** Called when a user shuts the server down from the page. */
  onShutdown?: () => void;
}

export interface LabServer {
  /** Without a slash at its end. */
  url: string;
  port: number;
  kernels: KernelRegistry;
  /** A link that logs in once and leads to a page. */
  loginUrl(next?: string): string;
  /** Ends the kernels and closes everything; pages are told that it may come back. */
  close(): Promise<void>;
}

/**
 * Starts the server of the lab: the part of Jupyter's REST and WebSocket API that JupyterLab uses.
 * @throws Error where there is no such folder; EADDRINUSE, EACCES where it cannot listen
 */
export async function startLabServer(options: LabOptions): Promise<LabServer> {
  const { host = "127.0.0.1", port: wantedPort = 0 } = options;
  const folder = new Folder(options.folder);
  const stateFolder = openStateFolder(options.stateFolder ?? defaultStateFolder());
  const build = openStaticBuild(options.staticFolder ?? join(packageRoot, "dist", "lab"));
  const signatures = new Signatures(stateFolder);
  const kernels = new KernelRegistry();
  const events = new Events();

  const launchFor = async (name: string | undefined, path: string): Promise<KernelLaunch> => {
    const place = await folder.find(path).catch(() => undefined);
    const isFolder = place?.exists && (await stat(place.path)).isDirectory();
    const cwd = place === undefined ? folder.root : isFolder ? place.path : dirname(place.path);
    const there = await stat(cwd).catch(() => undefined);
    const env = { JPY_SESSION_NAME: place?.path ?? join(folder.root, path) };
    return launchOf(name, there?.isDirectory() ? cwd : folder.root, env);
  };
  const startKernel: StartKernel = async (name, path) => kernels.start(await launchFor(name, path));
  const sessions = new SessionRegistry(kernels, startKernel);
  /** A page's scripts take longer to start than a kernel does: both at once. */
  const expectNotebook = async (path: string): Promise<void> => {
    if (sessions.list().some((session) => session.path === path)) return;
    const name = await kernelNamedBy(folder, path);
    if (name !== undefined) kernels.startAhead(await launchFor(name, path));
  };

  const server = createServer();
  await listen(server, host, wantedPort);
  const { port } = server.address() as AddressInfo;
  const login = new Login(keyFile(stateFolder, "cookie-key"), port, options.token);
  const version = (JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }).version;

  const open = compileRoutes([...loginRoutes(login), ...staticRoutes(build)]);
  const isOpen = (path: string) => /^\/(login|logout|static\/lab\/.+|favicon\.ico)$/.test(path);
  const inside = compileRoutes([
    ...staticRoutes(build).filter(([, pattern]) => pattern.startsWith("/lab/api/themes")),
    ...kernelRoutes(kernels, sessions, startKernel, events),
    ...contentsRoutes(folder, signatures, options.uploadLimit),
    ...filesRoutes(folder),
    ...resolvePathRoutes(folder, kernels),
    ...settingsRoutes(build, stateFolder),
    ...workspacesRoutes(stateFolder, folder.root),
    ...serverRoutes(kernels, version, () => options.onShutdown?.()),
    // Whatever is wrong with the notebook or its kernel, the page will ask for them and be told.
    ...pageRoutes(build, folder.root, (path) => void expectNotebook(path).catch(() => undefined)),
  ]);

  async function answer(exchange: Omit<Exchange, "params">): Promise<void> {
    const { request, response, path, query, method } = exchange;
    checkOrigin(request, host);
    if (isOpen(path)) return open(exchange);
    const token = query.get("token");
    const isPage = method === "GET" && !/^\/(lab\/)?api\//.test(path);
    const proof = identify(request, login, isPage ? token : undefined);
    if (!proof) throw new HttpError(403, "Forbidden");
    if (isPage && token !== null && request.headers.authorization === undefined) {
      query.delete("token");
      return letIn({ ...exchange, params: [] }, login, path + (query.size > 0 ? `?${query}` : ""));
    }
    checkXsrf(request, proof);
    // Another server on this host may have put its own token in the place of ours: cookies know no ports.
    if (proof.by === "cookie" && cookieValues(request.headers.cookie, "_xsrf").at(-1) !== proof.login.xsrf) {
      response.setHeader("Set-Cookie", login.xsrfCookie(proof.login));
    }
    return inside(exchange);
  }

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const [path = "/", search = ""] = splitUrl(request.url ?? "/");
    const method = request.method ?? "GET";
    const exchange = { method, path, query: new URLSearchParams(search), request, response };
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    answer(exchange).catch((error: unknown) => refuse({ ...exchange, params: [] }, error));
  });
  const sockets = acceptSockets(server, host, login, kernels, events);

  const shown = isLoopback(host) ? host : host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host;
  const url = `http://${shown.includes(":") && !shown.startsWith("[") ? `[${shown}]` : shown}:${port}`;
  return {
    url,
    port,
    kernels,
    loginUrl: (next) => `${url}/login?code=${login.newCode()}${next ? `&next=${encodeURIComponent(next)}` : ""}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await kernels.close();
      sockets.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => {
      server.off("error", reject);
      resolve();
    });
  });
}

const wentAway = new Set(["ERR_STREAM_UNABLE_TO_PIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"]);

async function refuse(exchange: Exchange, error: unknown): Promise<void> {
  const { request, response, path } = exchange;
  // A page that was left, or a client that has ended, while it was being answered.
  if (response.destroyed && wentAway.has((error as NodeJS.ErrnoException).code ?? "")) return;
  const known = error instanceof HttpError ? error : fileError(error as NodeJS.ErrnoException);
  if (!known) process.stderr.write(`[lab] ${request.method} ${path}: ${(error as Error).stack}\n`);
  if (response.headersSent) return void response.destroy();
  const { status, message, details } = known ?? new HttpError(500, `Internal error: ${(error as Error).message}`);
  await drain(request);
  const wantsPage = request.method === "GET" && /\btext\/html\b/.test(request.headers.accept ?? "");
  if (wantsPage && !path.startsWith("/api/")) {
    const loggedOut = status === 403 && message === "Forbidden";
    if (path === "/" && loggedOut) return redirect(exchange, "/login");
    const title = loggedOut ? "Not logged in" : `${status}`;
    return replyHtml(exchange, plainPage(title, [loggedOut ? howToLogIn : message]), status);
  }
  replyJson(exchange, { message, ...details }, status);
}

/** Reads and drops what is left of a request: a client that is still sending would not get to read the answer. */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  const late = setTimeout(() => request.destroy(), 20_000).unref();
  const ended = new Promise((resolve) => request.once("end", resolve).once("close", resolve));
  request.resume();
  await ended;
  clearTimeout(late);
}

/** What the file system says no to is no fault of the server. */
function fileError({ code, message }: NodeJS.ErrnoException): HttpError | undefined {
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return new HttpError(403, `Permission denied: ${message}`);
  if (code === "ENOENT" || code === "ENOTDIR") return new HttpError(404, "No such file or directory");
  if (code === "ENOSPC" || code === "EDQUOT") return new HttpError(507, "the disk is full");
  if (code === "ENAMETOOLONG") return new HttpError(400, "that name is too long");
  return undefined;
}
