import type { DisplayPlace } from "../mime-bundle.ts";
import type { UdfSource } from "../udf-source.ts";

/** A UDF, as far as a map uses it. */
export interface MapUdfLike {
  (...args: unknown[]): Promise<unknown>;
  readonly name: string;
  readonly parameters: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly schema: UdfSource["frame"]["parameters"];
  map(
    args: unknown,
    options?: { maxRetry?: number },
  ): {
    showProgress(options: { place: DisplayPlace }): void;
    wait(): Promise<unknown>;
    results(options: { returnExceptions: true }): Promise<unknown[]>;
  };
}

/** What the kernel needs of a UDF, and where its runs go. */
export interface ReadUdf extends UdfSource {
  engineName: string;
  /** The parameter that takes a tile or a box; undefined where it takes none. */
  tileParameter?: string;
}

export type UdfReader = (udf: MapUdfLike) => Promise<ReadUdf>;

/** A registered symbol, so that the SDK's bundle and the widgets' mean the same reader. */
const key: unique symbol = Symbol.for("fused.udf.reader") as never;
const place = globalThis as { [key]?: UdfReader };

/** Installs the SDK's way to take a UDF apart. */
export function setUdfReader(read: UdfReader): void {
  place[key] = read;
}

/** @throws Error outside a notebook session */
export function readUdf(udf: MapUdfLike): Promise<ReadUdf> {
  const read = place[key];
  if (!read) throw new Error("A UDF is shown as a map in a notebook; here there is none.");
  return read(udf);
}

/** Whether a value is a UDF rather than a plain function. */
export function isUdf(value: unknown): value is MapUdfLike {
  return typeof value === "function" && (value as { [state]?: unknown })[state] !== undefined;
}

const state: unique symbol = Symbol.for("fused.udf.state") as never;
