import { badRequest, HttpError } from "../../http/http-error.ts";
import type { ServiceRequest } from "../../http/route.ts";

const most = 64 * 1024;

/** The fields of a form, or of a JSON object: the original's client sends that. @throws HttpError 400 */
export async function formBody(request: ServiceRequest): Promise<Record<string, string>> {
  const text = Buffer.from(await request.bytes(most)).toString("utf8");
  if (!/\bjson\b/.test(request.headers["content-type"] ?? "")) return Object.fromEntries(new URLSearchParams(text));
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === "string")) as Record<
      string,
      string
    >;
  } catch {
    throw badRequest("The body is neither a form nor a JSON object.");
  }
}

/** Refuses a form that another site's page has sent. @throws HttpError 403 */
export function checkOwnOrigin({ headers }: ServiceRequest, url: string): void {
  const { origin, host } = headers;
  // A service behind no proxy is also reached by its machine's other names.
  if (origin === new URL(url).origin || origin === `http://${host}`) return;
  if (origin === undefined && headers["sec-fetch-site"] === undefined) return;
  // Of a page that sends no referrer (as ours), browsers hide the origin, and tell by themselves that it is the same.
  if (origin === "null" && headers["sec-fetch-site"] === "same-origin") return;
  throw new HttpError(403, "AuthError", "This form was sent by a page of another site.");
}
