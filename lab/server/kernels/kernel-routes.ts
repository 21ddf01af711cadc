import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Events } from "../events.ts";
import { decodePart, readJson, replyEmpty, replyJson } from "../exchange.ts";
import type { Exchange } from "../exchange.ts";
import { HttpError } from "../http-error.ts";
import { contentType } from "../mime-types.ts";
import type { Route } from "../routes.ts";
import type { SessionRegistry, SessionRequest, StartKernel } from "../sessions.ts";
import type { KernelRegistry } from "./kernel-registry.ts";
import { kernelspecModelOf, kernelspecsModel, resourcePath } from "./kernelspecs.ts";

/** /api/kernelspecs, /api/kernels, /api/sessions: https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html */
export function kernelRoutes(
  kernels: KernelRegistry,
  sessions: SessionRegistry,
  startKernel: StartKernel,
  events: Events,
): Route[] {
  const id = ({ params }: Exchange) => decodePart(params[0]!);
  return [
    ["GET", "/api/kernelspecs", (exchange) => replyJson(exchange, kernelspecsModel())],
    ["GET", "/api/kernelspecs/([^/]+)", (exchange) => replyJson(exchange, kernelspecModelOf(id(exchange)))],
    ["GET", "/kernelspecs/([^/]+)/([^/]+)", sendResource],
    ["GET", "/api/kernels", (exchange) => replyJson(exchange, kernels.list())],
    [
      "POST",
      "/api/kernels",
      async (exchange) => {
        const { name, path } = await readJson(exchange);
        const kernel = await startKernel(text(name), text(path) ?? "");
        exchange.response.setHeader("Location", `/api/kernels/${kernel.id}`);
        replyJson(exchange, kernel.model, 201);
      },
    ],
    ["GET", "/api/kernels/([^/]+)", (exchange) => replyJson(exchange, kernels.get(id(exchange)).model)],
    [
      "GET",
      "/lab/api/kernels/([^/]+)/executions",
      (exchange) => replyJson(exchange, kernels.get(id(exchange)).orphans),
    ],
    [
      "DELETE",
      "/api/kernels/([^/]+)",
      async (exchange) => {
        await kernels.shutdown(id(exchange));
        replyEmpty(exchange);
      },
    ],
    [
      "POST",
      "/api/kernels/([^/]+)/interrupt",
      (exchange) => {
        kernels.get(id(exchange)).interrupt();
        replyEmpty(exchange);
      },
    ],
    [
      "POST",
      "/api/kernels/([^/]+)/restart",
      async (exchange) => {
        const kernel = kernels.get(id(exchange));
        events.restarting(kernel.model);
        await kernel.restart().catch((error: Error) => {
          throw new HttpError(500, error.message, { reason: kernel.reason, traceback: kernel.traceback });
        });
        replyJson(exchange, kernel.model);
      },
    ],
    ["GET", "/api/sessions", (exchange) => replyJson(exchange, sessions.list())],
    [
      "POST",
      "/api/sessions",
      async (exchange) => replyJson(exchange, await sessions.open((await readJson(exchange)) as SessionRequest), 201),
    ],
    ["GET", "/api/sessions/([^/]+)", (exchange) => replyJson(exchange, sessions.get(id(exchange)))],
    [
      "PATCH",
      "/api/sessions/([^/]+)",
      async (exchange) => {
        replyJson(exchange, await sessions.change(id(exchange), (await readJson(exchange)) as SessionRequest));
      },
    ],
    [
      "DELETE",
      "/api/sessions/([^/]+)",
      async (exchange) => {
        await sessions.close(id(exchange));
        replyEmpty(exchange);
      },
    ],
  ];
}

async function sendResource({ params, response }: Exchange): Promise<void> {
  const [name = "", file = ""] = params.map(decodePart);
  const path = resourcePath(name, file);
  const headers = { "Content-Type": contentType(file), "Content-Length": (await stat(path)).size };
  response.writeHead(200, { ...headers, "Cache-Control": "max-age=3600" });
  await pipeline(createReadStream(path), response);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
