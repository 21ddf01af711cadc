import { HttpError } from "../http/http-error.ts";

/** Nobody is logged in, or the token is not good. */
export function unauthorized(message: string): HttpError {
  return new HttpError(401, "AuthError", message, {}, { "WWW-Authenticate": 'Bearer realm="fused-service"' });
}
