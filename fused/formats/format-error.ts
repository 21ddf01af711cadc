import { UdfSerializationError, type ErrorDetails } from "../errors.ts";

/** A value and a format that do not go together, or a format that does not exist. Over HTTP it is a 422. */
export class FormatError extends UdfSerializationError {
  static {
    this.prototype.name = "FormatError";
  }

  /** Formats that would fit. */
  declare readonly formats: string[];

  constructor(message: string, formats: string[], details: ErrorDetails = {}) {
    super(message, { status: 422, ...details });
    Object.defineProperty(this, "formats", { value: formats });
  }
}
