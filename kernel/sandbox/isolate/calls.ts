import { answered, type Answer, type Requests } from "../../../engine/isolate/requests.ts";
import type { Travel } from "../../../engine/isolate/travel.ts";
import { packEncoded, unpackEncoded } from "../../../engine/values/packed-value.ts";
import type { PackedHead } from "./channel.ts";
import { ownTraceback } from "./describe-error.ts";
import { poolNumber, udfNumber } from "./udf-handle.ts";

/** Several values on their way out: a head each, and the plain data among them packed together. */
export interface PackedValues {
  heads: PackedHead[];
  body: ArrayBuffer;
}

/** What the host says in the `detail` of an answer of ours. */
interface AnswerDetail {
  failed?: { name: string; message: string; traceback?: string; own?: Record<string, unknown> };
  /** JSON. */
  value?: unknown;
}

/** Calls of the notebook's host by name, with values both ways. */
export interface Calls {
  call(name: string, detail: object, values?: unknown[]): Promise<{ value: unknown; data: unknown }>;
  pack(values: unknown[]): PackedValues;
}

export function makeCalls(requests: Requests, travel: Travel, execution: () => number): Calls {
  const pack = (values: unknown[]): PackedValues => {
    const data: unknown[] = [];
    const heads = values.map((value): PackedHead => {
      const udf = udfNumber(value);
      if (udf !== undefined) return { udf };
      const pool = poolNumber(value);
      if (pool !== undefined) return { pool };
      if (typeof value === "function") return { fn: Function.prototype.toString.call(value), name: String(value.name) };
      data.push(value);
      return { data: true };
    });
    return { heads, body: packEncoded(travel.encode(data)).buffer };
  };
  return {
    pack,
    async call(name, detail, values = []) {
      const { heads, body } = pack(values);
      const text = JSON.stringify({ ...detail, call: name, execution: execution(), values: heads });
      const answer: Answer = await answered(requests.ask("call", text, body));
      const { failed, value } = JSON.parse(answer.detail || "{}") as AnswerDetail;
      if (failed) throw errorOf(failed);
      const data = answer.body ? await travel.decode(unpackEncoded(new Uint8Array(answer.body))) : undefined;
      return { value, data };
    },
  };
}

/** An error of the host's SDK as an error of this notebook: class name, message, what it tells, and its text for people. */
export function errorOf({ name, message, traceback, own }: NonNullable<AnswerDetail["failed"]>): Error {
  const error =
    name === "TypeError"
      ? new TypeError(message)
      : name === "RangeError"
        ? new RangeError(message)
        : new Error(message);
  Object.assign(error, own);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true });
  if (traceback !== undefined) Object.defineProperty(error, ownTraceback, { value: traceback });
  return error;
}
