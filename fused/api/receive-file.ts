import { setTimeout as sleep } from "node:timers/promises";
import { sendRequest, ServiceError, isBrokenConnection } from "../../engine/remote/service-http.ts";
import { openTransferProgress } from "../files/progress.ts";
import { forCell, serviceSettings, type ServiceAddress } from "./service.ts";
import type { TransferOptions } from "./transfer-options.ts";

/**
 * Reads a file through a signed address; a connection that breaks is taken up where it broke.
 * @param take gets the bytes piece by piece; the next comes when it is done
 * @throws NotFoundError; ServiceError where the file has changed meanwhile
 */
export function receiveFile(
  service: ServiceAddress,
  path: string,
  options: TransferOptions,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  return forCell({ signal: options.signal, ifMissing: missing(path) }, async (signal) => {
    const settings = serviceSettings(service);
    const readTimeoutMs = options.timeout === undefined ? undefined : options.timeout * 1000;
    const ask = { method: "GET" as const, path: "/files/get", query: { path }, signal };
    const { headers, body: none } = await sendRequest(settings, ask);
    await none.dump();
    const url = headers["location"];
    if (url === undefined) throw new ServiceError(`The service gave no address for ${path}.`);
    const progress = openTransferProgress(path);
    let received = 0;
    let version: string | undefined;
    try {
      for (let attempt = 0; ; attempt++) {
        const range = received > 0 ? { range: `bytes=${received}-`, ...(version && { "if-range": version }) } : {};
        const part = { method: "GET" as const, path: url, headers: range, signal, readTimeoutMs, isAnonymous: true };
        const answer = await sendRequest(settings, part);
        if (received > 0 && answer.status !== 206) {
          answer.body.destroy();
          throw new ServiceError(`${path} has changed while it was read: read it again.`, { status: 409 });
        }
        version ??= answer.headers["etag"];
        const left = Number(answer.headers["content-length"]);
        const total = Number.isFinite(left) ? received + left : undefined;
        try {
          for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
            await take(chunk);
            received += chunk.length;
            progress.update(received, total);
          }
          if (total === undefined || received >= total) return;
          throw Object.assign(new Error("terminated"), { code: "ECONNRESET" });
        } catch (error) {
          if (signal?.aborted || !isBrokenConnection(error) || attempt >= settings.maxRetries) throw error;
          await sleep(settings.retryDelayMs * 2 ** attempt, undefined, { signal });
        }
      }
    } finally {
      progress.end();
    }
  });
}

const missing = (path: string) => `${path}: fused.api.list("${path.replace(/[^/]*$/, "")}") tells what is there.`;
