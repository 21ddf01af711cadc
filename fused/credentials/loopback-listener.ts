import { createServer, type Server } from "node:http";
import { answerPage } from "./answer-page.ts";

/** What a callback came to, for the page that the browser shows. */
export interface CallbackAnswer {
  status: number;
  title: string;
  text: string;
}

/** Waits on this machine for the browser to bring a provider's answer. */
export interface LoopbackListener {
  /** Address that the provider sends the browser to. */
  redirectUri: string;
  close(): void;
}

const firstPort = 3000;
const triedPorts = 20;
export const callbackPath = "/callback";

/**
 * Listens on 127.0.0.1, on the first free port from 3000 on (fused-spec.md 19.2), else on any. The address 127.0.0.1 rather than
 * a name is what RFC 8252 section 8.3 asks for: no other machine, and no second network, can be meant.
 */
export async function listenForAnswer(onCallback: (url: URL) => Promise<CallbackAnswer>): Promise<LoopbackListener> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", redirectUri());
    const answer = (status: number, title: string, text: string) => {
      response.writeHead(status, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        connection: "close",
      });
      response.end(answerPage(title, text));
    };
    // A page of elsewhere that knows the port but resolves its own name to this machine is not answered.
    if (
      request.headers.host !== new URL(redirectUri()).host ||
      request.method !== "GET" ||
      url.pathname !== callbackPath
    ) {
      return answer(404, "Nothing here", "This address only waits for a log-in.");
    }
    onCallback(url).then(
      ({ status, title, text }) => answer(status, title, text),
      (error: Error) => answer(500, "Not logged in", error.message),
    );
  });
  const redirectUri = () => `http://127.0.0.1:${(server.address() as { port: number }).port}${callbackPath}`;
  await listenSomewhere(server);
  server.unref();
  return {
    redirectUri: redirectUri(),
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

async function listenSomewhere(server: Server): Promise<void> {
  for (let port = firstPort; port < firstPort + triedPorts; port++) if (await listens(server, port)) return;
  if (!(await listens(server, 0))) throw new Error("No port of this machine is free for the browser's answer.");
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const failed = () => resolve(false);
    server.once("error", failed);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}
