import type { IncomingMessage } from "node:http";

/** One line of JSON about an answered request, without its query and with tokens and signatures cut: they let somebody in. */
export function logRequest(request: IncomingMessage, status: number, id: string, milliseconds: number): string {
  const path = (request.url ?? "/")
    .split("?", 1)[0]!
    .replace(/\b(fsh_.{4})[^/]*/g, "$1…")
    .replace(/(\/files\/run\/[^/]*\/[^/]*\/).*/, "$1…")
    .slice(0, 500);
  return JSON.stringify({
    time: new Date().toISOString(),
    method: request.method,
    path,
    status,
    ms: Math.round(milliseconds * 100) / 100,
    id,
    from: request.socket.remoteAddress,
  });
}
