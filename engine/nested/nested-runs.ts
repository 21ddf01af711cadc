import type { CompiledUdf } from "../compile.ts";
import { completeLimits } from "../limits.ts";
import { errorOfRecursion } from "../run-failure.ts";
import type { RunError } from "../run-types.ts";
import { startTextOf, type HostOutcome, type HostRun } from "../run-udf.ts";
import { udfFromSource } from "./nested-source.ts";

/** What a running UDF asks for when it runs another, as its isolate says it. May be hostile. */
interface NestedRequest {
  /** A UDF's text, or `self` for the UDF that asks. */
  code?: unknown;
  self?: unknown;
  name?: unknown;
  /** Only read the UDF and tell its parameters. */
  open?: unknown;
  options?: { timeout?: unknown; memory?: unknown };
}

/** Names of the SDK's errors, as a UDF that catches one sees them. */
const errorNames: Record<RunError["kind"], string> = {
  runtime: "UdfRuntimeError",
  syntax: "UdfSyntaxError",
  timeout: "UdfTimeoutError",
  memory: "UdfMemoryError",
  serialization: "UdfSerializationError",
  import: "UdfImportError",
  frame: "UdfLoadError",
  recursion: "UdfRecursionError",
  cancelled: "FusedError",
  lost: "FusedError",
};

/** An error of a nested run, on its way into the UDF that asked for it. */
class NestedRunError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * The runs that one run asks for. They have its cores, permissions and output, no more memory or time than it has, and end
 * with it.
 */
export class NestedRuns {
  #parent: HostRun;
  /** The recursion errors that came back: one of them may end this run too, and is then still what it was. */
  #recursions = new Set<string>();

  constructor(parent: HostRun) {
    this.#parent = parent;
  }

  /** Whether an error of this run is that of a run below which nobody caught. */
  isRecursion(name: string, message: string): boolean {
    return name === errorNames.recursion && this.#recursions.has(message);
  }

  /** Answers a request. @throws NestedRunError, and what the UDF's source or the parameters throw */
  async answer(
    text: string,
    body: ArrayBuffer | undefined,
    signal: AbortSignal,
  ): Promise<{ detail: string; body?: Uint8Array }> {
    const request = JSON.parse(text) as NestedRequest;
    const udf = await this.#find(request);
    if (request.open === true)
      return { detail: JSON.stringify({ name: udf.frame.name, parameters: udf.frame.parameters }) };
    const chain = [...this.#parent.chain, this.#parent.udf.frame.name];
    const { recursion } = this.#parent.limits;
    if (chain.length > recursion) throw this.#failed(errorOfRecursion([...chain, udf.frame.name], recursion), udf);
    const [{ coerceParameters }, { packValue, unpackValue }, { packEncoded, unpackEncoded }] = await Promise.all([
      import("../../fused/coerce.ts"),
      import("../values.ts"),
      import("../values/packed-value.ts"),
    ]);
    const given = body ? await unpackValue(unpackEncoded(new Uint8Array(body))) : {};
    const { name: udfName, parameters: schema } = udf.frame;
    const parameters = await packValue(coerceParameters(schema, given as Record<string, unknown>, { udfName }));
    const { access, network, onLog } = this.#parent;
    // When the run ends its requests are aborted, and so is this one.
    const limits = this.#limits(request.options);
    const startText = startTextOf(udf, limits, access);
    const run = { udf, parameters, limits, network, access, startText, signal, onLog, chain };
    const outcome = await this.#parent.runNested(run);
    if ("error" in outcome) throw this.#failed(outcome.error, udf);
    return { detail: "", body: packEncoded(outcome.value) };
  }

  async #find({ self, code, name }: NestedRequest): Promise<CompiledUdf> {
    if (self === true) return this.#parent.udf;
    return udfFromSource(String(code), typeof name === "string" ? name.slice(0, 200) : undefined);
  }

  #limits(options: NestedRequest["options"]) {
    const own = this.#parent.limits;
    const timeoutMs = Number(options?.timeout) * 1000;
    const memoryMb = Number(options?.memory);
    const isShorter = timeoutMs > 0 && (own.timeoutMs === 0 || timeoutMs < own.timeoutMs);
    return completeLimits({
      ...own,
      ...(isShorter && { timeoutMs }),
      ...(memoryMb > 0 && memoryMb < own.memoryMb && { memoryMb }),
    });
  }

  #failed(error: RunError, { frame }: CompiledUdf): NestedRunError {
    const { kind, name, message, line } = error;
    if (kind === "recursion") {
      this.#recursions.add(message);
      return new NestedRunError(errorNames[kind], message);
    }
    const place = `in UDF ${frame.name}${line === undefined ? "" : `, line ${line}`}`;
    return new NestedRunError(errorNames[kind], `${kind === "runtime" ? `${name}: ` : ""}${message} (${place})`);
  }
}

/** Runs a UDF for another: what the scheduler gives to each run. */
export type RunNested = (run: Omit<HostRun, "onWaiting" | "runNested">) => Promise<HostOutcome>;
