import { setTimeout as pause } from "node:timers/promises";
import { UdfLoadError } from "../errors.ts";
import { options } from "../options.ts";

/** Far above any file of a UDF. */
const mostBytes = 64 * 1024 * 1024;

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

/**
 * One request, with the time limit of the options and, where the server fails or cannot be reached, their repetitions.
 * @param tries how often it is sent at most; default by the option `requestMaxRetries`
 * @throws UdfLoadError where no answer came; its message never has the request's headers
 */
export async function fetchBytes(
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string },
  tries = options.requestMaxRetries + 1,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const limit = AbortSignal.timeout(timeoutMs());
    try {
      const response = await fetch(url, { ...init, signal: limit });
      const bytes = await readBody(response, url);
      if (response.status < 500 || attempt >= tries)
        return { status: response.status, headers: response.headers, bytes };
    } catch (error) {
      if (error instanceof UdfLoadError) throw error;
      const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
      if (attempt >= (isNameless(code) ? Math.min(2, tries) : tries)) throw unreachable(url, error, limit.aborted);
    }
    await pause(options.requestRetryBaseDelay * 1000 * 2 ** (attempt - 1));
  }
}

/** Without a network no name is known, and waiting for long does not change that. */
const isNameless = (code: string | undefined): boolean => code === "ENOTFOUND" || code === "EAI_AGAIN";

function timeoutMs(): number {
  const { requestTimeout } = options;
  const seconds = typeof requestTimeout === "number" ? requestTimeout : requestTimeout[0] + requestTimeout[1];
  return Math.ceil(seconds * 1000);
}

async function readBody(response: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size > mostBytes) throw new UdfLoadError(`${url} has more than ${mostBytes} bytes, far more than a UDF.`);
  }
  return Buffer.concat(chunks);
}

function unreachable(url: string, error: unknown, isLate: boolean): UdfLoadError {
  const { cause, message } = error as Error;
  const reason = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : message;
  const why = isLate
    ? `it did not answer within ${timeoutMs() / 1000} s (the option requestTimeout)`
    : `it cannot be reached (${reason})`;
  return new UdfLoadError(`${url} could not be fetched: ${why}.`);
}
