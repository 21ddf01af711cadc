import { setTimeout as sleep } from "node:timers/promises";
import { sendRequest, ServiceError } from "../../engine/remote/service-http.ts";
import { FusedError } from "../errors.ts";
import { openTransferProgress } from "../files/progress.ts";
import { keepSecret } from "../known-secrets.ts";
import type { ListDetails } from "./files.ts";
import { forCell, send, serviceSettings, type ServiceAddress } from "./service.ts";
import type { TransferOptions } from "./transfer-options.ts";

/** Bytes up to which a file goes in one request; larger ones go in parts, so that a broken connection costs one of them. */
const mostAtOnce = 5 * 1024 * 1024;
const partBytes = 8 * 1024 * 1024;

/** A source of bytes that can be read from any place on. */
export interface UploadSource {
  size: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Sends bytes to a path. @returns the file's `fd://` address */
export function sendFile(
  service: ServiceAddress,
  path: string,
  source: UploadSource,
  { timeout, signal: given }: TransferOptions,
): Promise<string> {
  if (source.size <= mostAtOnce) return uploadWhole(service, path, source, { timeout, signal: given });
  return forCell({ signal: given }, async (signal) => {
    const settings = serviceSettings(service);
    const readTimeoutMs = timeout === undefined ? undefined : timeout * 1000;
    const json = async <T>(request: Parameters<typeof sendRequest>[1]) => {
      const answer = await sendRequest(settings, { ...request, signal, readTimeoutMs });
      return (await answer.body.json()) as T;
    };
    const begun = { method: "POST" as const, path: "/files/upload/start", body: { path, size: source.size } };
    const { upload_id: id } = await json<{ upload_id: string }>(begun);
    keepSecret(id);
    const progress = openTransferProgress(path);
    let offset = 0;
    let failures = 0;
    try {
      for (;;) {
        const end = Math.min(source.size, offset + partBytes);
        const range = {
          "content-range": `bytes ${offset}-${end - 1}/${source.size}`,
          "content-type": "application/octet-stream",
        };
        try {
          // Repetitions are ours: what has come of a part must be asked for first.
          const part = {
            path: "/files/upload",
            query: { path, upload_id: id },
            headers: range,
            body: await source.read(offset, end),
          };
          const answer = await sendRequest(
            { ...settings, maxRetries: 0 },
            { ...part, method: "PUT", signal, readTimeoutMs },
          );
          const { url, offset: now } = (await answer.body.json()) as { url?: string; offset?: number };
          progress.update(end, source.size);
          if (url !== undefined) return url;
          offset = now ?? end;
          failures = 0;
        } catch (error) {
          const { status = 0 } = error instanceof ServiceError ? error : {};
          const mayPass = status === 0 || status === 409 || status === 429 || status >= 500;
          if (signal?.aborted || !mayPass || failures >= settings.maxRetries) throw error;
          await sleep(settings.retryDelayMs * 2 ** failures++, undefined, { signal });
          const begun = await json<{ offset: number }>({ method: "GET", path: `/files/upload/${id}` }).catch(
            (gone: unknown) => {
              if (gone instanceof ServiceError && gone.status === 404) return undefined;
              throw gone;
            },
          );
          // It was the answer to the last part that was lost.
          if (!begun && (await isThere(path, source.size, json))) return path;
          if (!begun) throw error;
          offset = begun.offset;
        }
      }
    } finally {
      progress.end();
    }
  });
}

async function isThere(
  path: string,
  size: number,
  json: <T>(request: Parameters<typeof sendRequest>[1]) => Promise<T>,
): Promise<boolean> {
  const found = await json<ListDetails[]>({ method: "GET", path: "/files/list-details", query: { path } });
  return found.some((file) => file.url === path && file.size === size);
}

async function uploadWhole(
  service: ServiceAddress,
  path: string,
  source: UploadSource,
  options: TransferOptions,
): Promise<string> {
  const body = await source.read(0, source.size);
  const headers = { "content-type": "application/octet-stream" };
  const answer = await send(service, { method: "PUT", path: "/files/upload", query: { path }, headers, body }, options);
  const { url } = (await answer.body.json()) as { url: string };
  if (typeof url !== "string") throw new FusedError(`The service did not say where it put ${path}.`);
  return url;
}
