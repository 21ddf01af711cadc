import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { checkOrigin, identify } from "./access/guard.ts";
import type { Login } from "./access/login.ts";
import type { Events } from "./events.ts";
import { splitUrl } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import type { KernelRegistry } from "./kernels/kernel-registry.ts";
import { binaryProtocol } from "./kernels/websocket-frames.ts";

/** Bytes of one message to a kernel: a widget may send a large array. */
const mostMessage = 256e6;
/** Milliseconds between pings; a socket that has not answered by the next but one is broken. */
const pingEvery = 30_000;

/** Accepts the sockets of kernels, and that of events. */
export function acceptSockets(
  server: Server,
  boundTo: string,
  login: Login,
  kernels: KernelRegistry,
  events: Events,
): { close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostMessage,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(binaryProtocol) ? binaryProtocol : false),
  });
  const alive = new WeakSet<WebSocket>();

  server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on("error", () => stream.destroy());
    let take: (socket: WebSocket) => void;
    try {
      take = findTaker(request);
    } catch (error) {
      return refuse(stream, error);
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      alive.add(socket);
      socket.on("pong", () => alive.add(socket));
      socket.on("error", () => socket.terminate());
      take(socket);
    });
  });

  function findTaker(request: IncomingMessage): (socket: WebSocket) => void {
    checkOrigin(request, boundTo);
    const [path, search] = splitUrl(request.url ?? "/");
    const query = new URLSearchParams(search);
    // A client that is no browser may be unable to set headers; a socket's address is in no history.
    if (!identify(request, login, query.get("token"))) throw new HttpError(403, "Forbidden");
    if (path === "/api/events/subscribe") return (socket) => events.subscribe(socket);
    const id = /^\/api\/kernels\/([\w-]+)\/channels$/.exec(path)?.[1];
    if (id === undefined) throw new HttpError(404, `there is no socket at ${path}`);
    const kernel = kernels.get(id);
    return (socket) => kernel.attach(socket, query.get("session_id") || undefined);
  }

  const pings = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, pingEvery).unref();

  return {
    close() {
      clearInterval(pings);
      for (const socket of sockets.clients) socket.close(1012, "the server ends");
      sockets.close();
    },
  };
}

function refuse(stream: Duplex, error: unknown): void {
  const { status, message } = error instanceof HttpError ? error : new HttpError(500, (error as Error).message);
  const body = JSON.stringify({ message });
  const head = [
    `HTTP/1.1 ${status} ${status === 403 ? "Forbidden" : "Refused"}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
