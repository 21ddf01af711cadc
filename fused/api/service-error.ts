import { ServiceError } from "../../engine/remote/service-http.ts";
import { howToLogIn } from "../credentials/access-token.ts";
import {
  AuthError,
  FusedError,
  NotFoundError,
  QuotaError,
  UdfLoadError,
  UdfParameterError,
  UdfRuntimeError,
  UdfSerializationError,
  UdfSyntaxError,
  UdfTimeoutError,
} from "../errors.ts";
import { options } from "../options.ts";

/** Classes for the service's own names of errors; those without a class of their own go by the status. */
const byType: Record<string, typeof FusedError> = {
  UdfRuntimeError,
  UdfTimeoutError,
  UdfParameterError,
  UdfSerializationError,
  UdfSyntaxError,
  UdfLoadError,
  QuotaError,
  NotFoundError,
  NotFound: NotFoundError,
  AuthError,
};

const byStatus: Record<number, typeof FusedError> = {
  401: AuthError,
  403: AuthError,
  404: NotFoundError,
  410: NotFoundError,
  429: QuotaError,
  504: UdfTimeoutError,
};

/** What can be done about an answer. */
function advice(status: number, what: string | undefined): string {
  if (status === 401) return howToLogIn;
  if (status === 403)
    return "Ask its owner to share it with you, or log in as somebody who may (%whoami says who you are).";
  if (status === 404)
    return what ?? "Check its name, and who you are (%whoami): what others have not shared is not found either.";
  if (status === 409) return "Somebody has changed it since: load it again, then save.";
  if (status === 413) return "Send less at once, or put it in a file (fused.api.upload) and pass its path.";
  if (status === 429) return "Try again later, or with fewer workers (maxWorkers).";
  return "";
}

/**
 * The SDK's error for the service's: its class says what kind it is, its message what to do next. Other errors come back as they are.
 * @param hint what to do where the thing was not found
 */
export function fromService(error: unknown, hint?: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { status, type, requestId, fields, message } = error;
  if (status === 0) {
    return new FusedError(
      `${message} Is the service running, and is fused.options.baseUrl (${options.baseUrl}) its address?`,
      {
        cause: error.cause,
      },
    );
  }
  const made = (type !== undefined && Object.hasOwn(byType, type) && byType[type]) || byStatus[status] || FusedError;
  const isUdf = made.name.startsWith("Udf");
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  const line = typeof fields["line"] === "number" ? fields["line"] : undefined;
  const next = isUdf ? (text("frame") ?? "") : advice(status, hint);
  return new made([message, next].filter(Boolean).join(isUdf ? "\n" : " "), {
    status,
    requestId,
    line,
    stdout: text("stdout"),
    stderr: text("stderr"),
    udfStack: text("traceback"),
    codeFrame: text("frame"),
  });
}
