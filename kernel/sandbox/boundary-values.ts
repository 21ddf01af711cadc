import { unpackValue, packValue } from "../../engine/values.ts";
import { packEncoded, unpackEncoded } from "../../engine/values/packed-value.ts";
import { udfState } from "../../fused/udf-state.ts";
import type { Udf } from "../../fused/udf.ts";
import type { JobPool } from "../../fused/job-pool.ts";
import { list, record } from "./read-plain.ts";
import type { SandboxUdfs } from "./sandbox-udfs.ts";

const mostValues = 10_000;
/** Runs of one fan-out, at most. */
const mostItems = 100_000;

/** Plain data that a notebook's isolate has packed. @throws RangeError where the bytes are none */
export async function readData(bytes: Uint8Array): Promise<unknown> {
  return unpackValue(unpackEncoded(bytes));
}

export async function writeData(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  return packEncoded(await packValue(value));
}

/** Values of a notebook: data by copy, UDFs and pools by their numbers, functions as the UDFs they would become. */
export async function readValues(
  heads: unknown,
  bytes: Uint8Array | undefined,
  udfs: () => SandboxUdfs,
): Promise<unknown[]> {
  const data = bytes ? list(await readData(bytes), mostValues) : [];
  let at = 0;
  return list(heads, mostValues).map((each) => {
    const head = record(each);
    if (head["udf"] !== undefined) return udfs().get(head["udf"]);
    if (head["pool"] !== undefined) return udfs().pool(head["pool"]);
    if (head["fn"] !== undefined) return udfs().define(head["fn"], head["name"], undefined);
    return data[at++];
  });
}

/** What goes back to the notebook: `value` as JSON, `bytes` of packed data. */
export interface WrittenValue {
  value?: unknown;
  bytes?: Uint8Array<ArrayBuffer>;
}

export async function writeValue(value: unknown, udfs: () => SandboxUdfs): Promise<WrittenValue> {
  if (value === undefined) return {};
  if (udfState(value)) return { value: { udf: udfs().keep(value as Udf) } };
  if (isPool(value)) return { value: { pool: udfs().keepPool(value) } };
  return { bytes: await writeData(value) };
}

function isPool(value: unknown): value is JobPool {
  return typeof (value as Partial<JobPool> | null)?.getStatusDf === "function";
}

/** The list that a UDF is to run over. @throws RangeError where it is longer than a notebook may ask for */
export function boundedList(items: unknown): unknown {
  const length = Array.isArray(items) ? items.length : ((items as { numRows?: number } | null)?.numRows ?? 0);
  if (length > mostItems)
    throw new RangeError(`A sandboxed notebook runs a UDF for ${mostItems} items at once at most.`);
  return items;
}
