import type { HttpAnswer, HttpRequest, HttpSettings } from "../../engine/remote/service-http.ts";
import { sendRequest } from "../../engine/remote/service-http.ts";
import { doForCell } from "../cell-hooks.ts";
import { authorization, nobodyIsLoggedIn } from "../credentials/access-token.ts";
import { options, optionSource } from "../options.ts";
import { requestLimits } from "./http-settings.ts";
import { fromService } from "./service-error.ts";

/** Where a service is. */
export interface ServiceAddress {
  baseUrl: string;
  sharedUdfBaseUrl: string;
}

/** The service that the options name. Its shared UDFs are below it, unless the options say otherwise. */
export function currentService(): ServiceAddress {
  return addressOf(options.baseUrl, undefined);
}

/** The addresses of a service, without a slash at their end. */
export function addressOf(baseUrl: string, sharedUdfBaseUrl: string | undefined): ServiceAddress {
  const base = baseUrl.replace(/\/+$/, "");
  const isOptions = base === options.baseUrl.replace(/\/+$/, "");
  const shared = sharedUdfBaseUrl ?? (isOptions ? sharedOption() : undefined) ?? `${base}/realtime-shared`;
  return { baseUrl: base, sharedUdfBaseUrl: shared.replace(/\/+$/, "") };
}

const sharedOption = (): string | undefined =>
  optionSource("sharedUdfBaseUrl") === "default" ? undefined : options.sharedUdfBaseUrl;

/** Settings of requests to a service. @param needsLogin false: sent without a log-in where nobody is */
export function serviceSettings({ baseUrl }: ServiceAddress, needsLogin = true): HttpSettings {
  return {
    ...requestLimits(),
    baseUrl,
    async authorization(isRejected) {
      const header = await authorization(isRejected, baseUrl);
      if (header === undefined && needsLogin) throw nobodyIsLoggedIn(baseUrl);
      return header;
    },
  };
}

/** How a call of the API sends its requests. */
export interface CallOptions {
  signal?: AbortSignal;
  /** In place of the option requestTimeout, seconds. */
  timeout?: number;
  /** What to do where the thing is not found, for the error. */
  ifMissing?: string;
  /** False: sent without a log-in where nobody is logged in. Default true. */
  needsLogin?: boolean;
}

/**
 * Sends a request for a cell: an interrupt ends it.
 * @throws AuthError, NotFoundError, QuotaError, FusedError with what to do next
 */
export function send(service: ServiceAddress, request: HttpRequest, call: CallOptions = {}): Promise<HttpAnswer> {
  return forCell(call, async (signal) => {
    const settings = serviceSettings(service, call.needsLogin);
    const readTimeoutMs = call.timeout === undefined ? request.readTimeoutMs : call.timeout * 1000;
    return sendRequest(settings, { ...request, signal, readTimeoutMs });
  });
}

/** The same, and gives the JSON of the answer; undefined for an empty one. */
export function sendForJson<T>(service: ServiceAddress, request: HttpRequest, call: CallOptions = {}): Promise<T> {
  return forCell(call, async (signal) => {
    const settings = serviceSettings(service, call.needsLogin);
    const readTimeoutMs = call.timeout === undefined ? request.readTimeoutMs : call.timeout * 1000;
    const answer = await sendRequest(settings, { ...request, signal, readTimeoutMs });
    const text = await answer.body.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  });
}

/** Work of a cell with the service: what goes wrong is told in the SDK's errors. */
export function forCell<T>(
  { signal, ifMissing }: CallOptions,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  return doForCell(async (cell) => {
    const signals = [cell, signal].filter((each) => each !== undefined);
    try {
      return await work(signals.length > 1 ? AbortSignal.any(signals) : signals[0]);
    } catch (error) {
      throw fromService(error, ifMissing);
    }
  });
}
