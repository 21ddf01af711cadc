import { classNameOf, NotEncodableError } from "../values/not-encodable.ts";
import { TooLargeError } from "../values/encode.ts";
import { ModuleError } from "./modules.ts";

/** How a run failed, as the host is told (JSON). */
export interface Failure {
  kind: "runtime" | "serialization" | "import";
  name: string;
  message: string;
  /** V8's text, in positions of the compiled script. */
  stack: string;
  valueType?: string;
  /** The run reached for what is not there in a kept context (harden.ts). */
  strayed?: boolean;
}

const longestText = 20_000;

/** Describes whatever was thrown: an error, or any value with whatever traps. Never throws. */
export function describeFailure(thrown: unknown): Failure {
  try {
    if (thrown instanceof NotEncodableError) return notEncodable(thrown);
    if (thrown instanceof TooLargeError) {
      return {
        kind: "serialization",
        name: "SerializationError",
        message: `Result serialization failed: ${thrown.message}`,
        stack: "",
      };
    }
    const kind = thrown instanceof ModuleError || isImportRefusal(thrown) ? "import" : "runtime";
    if (thrown instanceof Error)
      return { kind, name: text(thrown.name), message: text(thrown.message), stack: stackOf(thrown) };
    return { kind, name: thrownName(thrown), message: thrownText(thrown), stack: "" };
  } catch {
    return { kind: "runtime", name: "Error", message: "The UDF threw a value that cannot be read.", stack: "" };
  }
}

function notEncodable(error: NotEncodableError): Failure {
  return {
    kind: "serialization",
    name: "SerializationError",
    message: `Result serialization failed: ${error.message}`,
    stack: "",
    valueType: error.valueType,
  };
}

/** The host's word for a module that is not there (see requests.ts). */
function isImportRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "ImportError";
}

function text(value: unknown): string {
  return String(value).slice(0, longestText);
}

function stackOf(error: Error, depth = 0): string {
  const { stack, cause } = error;
  const own = typeof stack === "string" ? text(stack) : "";
  return cause instanceof Error && depth < 5 ? `${own}\n[cause]: ${stackOf(cause, depth + 1)}` : own;
}

function thrownName(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null) return classNameOf(thrown);
  return thrown === null ? "null" : typeof thrown;
}

function thrownText(thrown: unknown): string {
  if (typeof thrown === "string") return text(thrown);
  const { inspect } = require("./inspect.ts") as typeof import("./inspect.ts");
  return `The UDF threw ${text(inspect(thrown))}, which is not an Error.`;
}
