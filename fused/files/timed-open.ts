import type { OpenUrl } from "../../engine/files/download.ts";
import { openUrl } from "../../engine/files/open-url.ts";
import { cellSignal } from "../cell-hooks.ts";
import { FusedError } from "../errors.ts";
import { options } from "../options.ts";

/**
 * Requests for the parts of one remote file, each with its time limit: the first, which brings the header, as the option
 * `metadataRequestTimeout` says, the others as `requestTimeout` does. An interrupted cell ends them.
 */
export function timedOpen(): OpenUrl {
  let isFirst = true;
  return async (url, headers, signal) => {
    const [option, what] = isFirst
      ? (["metadataRequestTimeout", "metadata"] as const)
      : (["requestTimeout", "data"] as const);
    isFirst = false;
    const seconds = [options[option]].flat().reduce((sum, each) => sum + each);
    const limit = AbortSignal.timeout(Math.ceil(seconds * 1000));
    const signals = [limit, signal, cellSignal()].filter((each) => each !== undefined);
    const told = (error: unknown) =>
      limit.aborted && !signals.slice(1).some(({ aborted }) => aborted)
        ? new FusedError(`${url.href} did not give its ${what} within ${seconds} s (the option ${option}).`, {
            cause: error,
          })
        : error;
    try {
      const answer = await openUrl(url, headers, AbortSignal.any(signals));
      const { status, statusText } = answer;
      return { status, statusText, headers: answer.headers, body: answer.body && toldBody(answer.body, told) };
    } catch (error) {
      throw told(error);
    }
  };
}

/** The same body, whose errors are told the other way. */
function toldBody(body: AsyncIterable<Uint8Array>, told: (error: unknown) => unknown): AsyncIterable<Uint8Array> {
  const { cancel } = body as { cancel?(): Promise<void> };
  async function* read() {
    try {
      yield* body;
    } catch (error) {
      throw told(error);
    }
  }
  return Object.assign(read(), { cancel: async () => cancel?.call(body) });
}
