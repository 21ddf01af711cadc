import type { OpenUrl } from "./download.ts";

/** Requests of code that may reach whatever this machine reaches: cells and scripts. */
export const openUrl: OpenUrl = async (url, headers, signal) => {
  const { fetch } = await import("undici");
  return fetch(url, { headers, signal });
};
