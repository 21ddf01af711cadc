import type { OpenUrl } from "../files/download.ts";
import { openForUdf } from "../host-fetch.ts";
import type { NetworkPermission } from "../run-types.ts";

/** Requests for a UDF: loopback and private addresses are refused unless its run may reach them. */
export function guardedOpen(permission: NetworkPermission): OpenUrl {
  return async (url, headers, signal = new AbortController().signal) => {
    const request = { url: url.href, method: "GET", headers: Object.entries(headers), redirect: "follow" as const };
    const { response } = await openForUdf(request, undefined, permission, signal);
    return response;
  };
}
