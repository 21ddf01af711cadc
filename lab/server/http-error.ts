/** An answer that is not a success: its status, and what the front end shows its user. */
export class HttpError extends Error {
  override name = "HttpError";
  readonly status: number;
  /** Further fields of the answer's JSON; JupyterLab shows `reason` and `traceback`. */
  readonly details: Record<string, unknown>;

  constructor(status: number, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}
