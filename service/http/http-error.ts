/** An answer that is not a success, as JSON `{ error: { type, message, request_id, … } }`. */
export class HttpError extends Error {
  override name = "HttpError";
  readonly status: number;
  /** The class of error the SDK raises: `AuthError`, `NotFound`, `UdfRuntimeError` … */
  readonly type: string;
  /** Further fields of the error object. */
  readonly fields: Record<string, unknown>;
  /** Headers of the answer. */
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    type: string,
    message: string,
    fields: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.fields = fields;
    this.headers = headers;
  }
}

/** What is not there, or is somebody else's: the two look the same from outside. */
export function notFound(what: string): HttpError {
  return new HttpError(404, "NotFound", `There is no ${what}, or it is not yours to see.`);
}

export function badRequest(message: string): HttpError {
  return new HttpError(400, "BadRequest", message);
}

/** The fields of a JSON body, checked to be an object. @throws HttpError 400 */
export function fieldsOf(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw badRequest("The body must be a JSON object.");
}
