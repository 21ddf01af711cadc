import type { BrowserContext } from "playwright-core";

/** Addresses that the pages of a browser ask for from now on, by whatever protocol. */
export function requestsOf(context: BrowserContext): string[] {
  const requested: string[] = [];
  context.on("request", (request) => requested.push(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => requested.push(socket.url())));
  return requested;
}

/** Refuses what is not of this machine; it counts as asked for all the same. */
export async function refuseOthers(context: BrowserContext): Promise<void> {
  await context.route(
    (url) => url.hostname !== "127.0.0.1" && url.protocol.startsWith("http"),
    (route) => route.abort(),
  );
}

/** Those of the addresses that are of another machine. */
export function ofOthers(requested: string[]): string[] {
  return requested.filter((url) => /^(http|ws)s?:/.test(url) && new URL(url).hostname !== "127.0.0.1");
}
