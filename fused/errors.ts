/** What an error of the SDK may say beside its message. Every field is there only where it is known. */
export interface ErrorDetails {
  cause?: unknown;
  /** Name of the UDF concerned. */
  udfName?: string;
  /** The parameters the run was given. */
  parameters?: Record<string, unknown>;
  /** Name of the one parameter at fault, the type it declares, and what it was given. */
  parameter?: string;
  declaredType?: string;
  value?: unknown;
  /** What the run had printed. */
  stdout?: string;
  stderr?: string;
  requestId?: string;
  /** Class of what the UDF threw, such as `TypeError`. */
  errorName?: string;
  /** The UDF's own stack frames, lines as its author counts. */
  udfStack?: string;
  /** Class of the value that could not travel. */
  valueType?: string;
  /** Position in the author's text (or in the text of a parameter's value), counted from 1. */
  line?: number;
  column?: number;
  /** The lines of the author's text around that position, with a marker under it. */
  codeFrame?: string;
  /** HTTP status of the service's answer. */
  status?: number;
}

/** Of this package's files; these errors also go into isolates, where modules have no address. */
const ownUrl = import.meta.url as string | undefined;

/** Base of all errors of the SDK. */
export class FusedError extends Error {
  declare readonly udfName?: string;
  declare readonly parameters?: Record<string, unknown>;
  declare readonly parameter?: string;
  declare readonly declaredType?: string;
  declare readonly value?: unknown;
  declare readonly stdout?: string;
  declare readonly stderr?: string;
  declare readonly requestId?: string;
  declare readonly errorName?: string;
  declare readonly udfStack?: string;
  declare readonly valueType?: string;
  declare readonly line?: number;
  declare readonly column?: number;
  declare readonly codeFrame?: string;
  declare readonly status?: number;

  // On the prototype and before construction, so that the stack's first line has it and printing does not repeat it.
  static {
    this.prototype.name = "FusedError";
  }

  constructor(message: string, details: ErrorDetails = {}) {
    const { cause, ...fields } = details;
    super(message, cause === undefined ? undefined : { cause });
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, configurable: true, writable: true });
    }
  }

  /** Printed in a list or an object: without the frames of this package, which say nothing to its author. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const frames = (this.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
    const ownFolder = ownUrl?.replace(ownUrl.endsWith(".ts") ? /[^/]+\/[^/]*$/ : /[^/]*$/, "") ?? "fused:";
    const theirs = frames.filter((line) => !line.includes(ownFolder) && !/node:|<anonymous>/.test(line));
    return [`${this.name}: ${this.message}`, ...theirs].join("\n");
  }
}

/** The UDF threw. */
export class UdfRuntimeError extends FusedError {
  static {
    this.prototype.name = "UdfRuntimeError";
  }
}

/** The run took longer than its time limit. */
export class UdfTimeoutError extends FusedError {
  static {
    this.prototype.name = "UdfTimeoutError";
  }
}

/** The run took more memory than its limit. */
export class UdfMemoryError extends FusedError {
  static {
    this.prototype.name = "UdfMemoryError";
  }
}

/** What the UDF returned cannot travel. */
export class UdfSerializationError extends FusedError {
  static {
    this.prototype.name = "UdfSerializationError";
  }
}

/** A UDF could not be found, fetched or read. */
export class UdfLoadError extends FusedError {
  static {
    this.prototype.name = "UdfLoadError";
  }
}

/** The UDF's source does not parse, or it is not clear which function of it is the UDF. */
export class UdfSyntaxError extends FusedError {
  static {
    this.prototype.name = "UdfSyntaxError";
  }
}

/** The UDF imports a module that is not there. */
export class UdfImportError extends FusedError {
  static {
    this.prototype.name = "UdfImportError";
  }
}

/** A parameter is missing, unknown, declared with a type that is not supported, or given a value that does not fit. */
export class UdfParameterError extends FusedError {
  static {
    this.prototype.name = "UdfParameterError";
  }
}

/** UDFs ran UDFs deeper than the limit. */
export class UdfRecursionError extends FusedError {
  static {
    this.prototype.name = "UdfRecursionError";
  }
}

/** Not logged in, or not permitted. */
export class AuthError extends FusedError {
  static {
    this.prototype.name = "AuthError";
  }
}

/** The account has no more runs, instances or storage. */
export class QuotaError extends FusedError {
  static {
    this.prototype.name = "QuotaError";
  }
}

/** What was asked for does not exist. */
export class NotFoundError extends FusedError {
  static {
    this.prototype.name = "NotFoundError";
  }
}

/** An option that does not exist, or a value that it does not take. */
export class OptionError extends FusedError {
  static {
    this.prototype.name = "OptionError";
  }
}

/** Somebody else held the lock of a cache entry for longer than the wait allowed. */
export class CacheLockTimeoutError extends FusedError {
  static {
    this.prototype.name = "CacheLockTimeoutError";
  }
}

/** The pool was cancelled. */
export class PoolCancelledError extends FusedError {
  static {
    this.prototype.name = "PoolCancelledError";
  }
}
