import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { DatabaseError } from "../database/database.ts";
import type { Caller } from "../identity/caller.ts";
import { logRequest } from "./access-log.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { compileRoutes } from "./find-route.ts";
import { HttpError } from "./http-error.ts";
import { ReceivedRequest } from "./received-request.ts";
import type { Route, ServiceResponse } from "./route.ts";
import { sendResponse } from "./send-response.ts";

export interface ServerOptions {
  host: string;
  port: number;
  bodyBytes: number;
  /** Who sent a request. @throws HttpError 401 */
  authenticate(headers: IncomingMessage["headers"]): Promise<Caller>;
  /** Told of every answer. */
  onAnswer(route: Route | undefined, status: number, milliseconds: number): void;
  accessLog?: (line: string) => void;
}

export interface HttpServer {
  port: number;
  /** Takes the requests; until then they wait. */
  serve(routes: Route[], url: string): void;
  /** Requests that are being answered. */
  readonly active: number;
  /** Takes no more requests, waits for those under way, then cuts them off. */
  close(graceMilliseconds: number): Promise<void>;
}

/** Of request line and headers together: UDF parameters stand in the address. */
const mostHeaderBytes = 64 * 1024;
const mostHeaders = 100;
/** Time for the headers of a request to arrive, milliseconds. */
const headerPatience = 10_000;
const keepAlive = 65_000;
const mostConnections = 10_000;

/** Every answer has these. What UDFs return must never run as a page of this address: CSP is set with their answers. */
const securityHeaders = { "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" };

/** Listens. @throws EADDRINUSE, EACCES, EADDRNOTAVAIL */
export async function listen(options: ServerOptions): Promise<HttpServer> {
  const server = createServer({
    maxHeaderSize: mostHeaderBytes,
    headersTimeout: headerPatience,
    // A body may take long, as long as it comes: request-body.ts watches it.
    requestTimeout: 0,
    connectionsCheckingInterval: 5000,
    keepAliveTimeout: keepAlive,
    noDelay: true,
  });
  server.maxHeadersCount = mostHeaders;
  server.maxConnections = mostConnections;
  const ready = Promise.withResolvers<{ find: ReturnType<typeof compileRoutes>; url: string }>();
  let served: Awaited<typeof ready.promise> | undefined;
  let active = 0;
  let isClosing = false;
  let onIdle = () => {};

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { find, url } = served ?? (await ready.promise);
    const started = performance.now();
    const received = new ReceivedRequest(request, response, url, options.bodyBytes);
    const more: Record<string, string> = { ...securityHeaders, "X-Fused-Request-Id": received.id };
    if (isClosing) more["Connection"] = "close";
    let route: Route | undefined;
    let result: ServiceResponse;
    try {
      const target = request.url ?? "/";
      if (!target.startsWith("/")) throw new HttpError(400, "BadRequest", "The address must begin with a slash.");
      const mark = target.indexOf("?");
      const path = mark < 0 ? target : target.slice(0, mark);
      if (request.method === "OPTIONS") {
        result = preflight(request, path, find);
      } else {
        const found = find(received.method, path);
        route = found.route;
        received.params = found.params;
        if (route.cors) Object.assign(more, corsHeaders);
        if (route.auth === "caller") received.caller = await options.authenticate(request.headers);
        result = await route.handle(received);
      }
    } catch (error) {
      result = answerError(error, received.id);
    }
    try {
      await sendResponse(request, response, result, more);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else await sendResponse(request, response, answerError(error, received.id), more);
    }
    // What the client still sends of a body that nobody wants ends with the connection.
    if (!request.complete) dropRest(request);
    const milliseconds = performance.now() - started;
    options.onAnswer(route, response.statusCode, milliseconds);
    if (options.accessLog) options.accessLog(logRequest(request, response.statusCode, received.id, milliseconds));
  };

  server.on("request", (request, response) => {
    active++;
    void answer(request, response)
      .catch((error: unknown) => {
        process.stderr.write(`[service] ${(error as Error).stack}\n`);
        response.destroy();
      })
      .finally(() => {
        if (--active === 0) onIdle();
      });
  });
  server.on("clientError", refuseMalformed);
  server.on("upgrade", (_request, socket) => socket.destroy());

  await start(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    serve(routes, url) {
      served = { find: compileRoutes(routes), url };
      ready.resolve(served);
    },
    get active() {
      return active;
    },
    async close(grace) {
      isClosing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      if (active > 0) {
        const timer = Promise.withResolvers<void>();
        const late = setTimeout(timer.resolve, grace);
        await Promise.race([new Promise<void>((resolve) => (onIdle = resolve)), timer.promise]);
        clearTimeout(late);
      }
      // What was just answered may still be on its way out.
      await new Promise((resolve) => setImmediate(resolve));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 200).unref();
      await closed;
    },
  };
}

function start(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function answerError(error: unknown, requestId: string): ServiceResponse {
  const known = error instanceof HttpError ? error : databaseTrouble(error);
  if (!known) process.stderr.write(`[service] request ${requestId}: ${(error as Error).stack}\n`);
  const { status, type, message, fields, headers } =
    known ??
    new HttpError(500, "InternalError", "Something went wrong in the service. Its log has it under the request's id.");
  return {
    status,
    headers: { "Cache-Control": "no-store", ...headers },
    body: { error: { type, message, ...fields, request_id: requestId } },
  };
}

function databaseTrouble(error: unknown): HttpError | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  // Text that is no UUID where one is wanted, or holds a zero character: nothing has such an id.
  if (error.code === "22P02" || error.code === "22021") {
    return new HttpError(404, "NotFound", "There is nothing under this id.");
  }
  if (!error.isUnreachable) return undefined;
  return new HttpError(
    503,
    "ServiceUnavailable",
    "The service's database cannot be reached. Try again.",
    {},
    {
      "Retry-After": "2",
    },
  );
}

/** Lets go of a body that goes on after its answer. */
function dropRest(request: IncomingMessage): void {
  request.resume();
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, 1000).unref();
}

const malformed: Record<string, [number, string, string]> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "Address and headers together may have 64 KiB."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request's headers took too long."],
};

function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, reason, message] = malformed[error.code ?? ""] ?? [400, "Bad Request", "This is not HTTP."];
  const body = JSON.stringify({ error: { type: "BadRequest", message } });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}
