import { Readable } from "node:stream";
import { encode } from "@msgpack/msgpack";
import type { RunError } from "../../engine/run-types.ts";
import { unpackValue } from "../../engine/values.ts";
import { unpackEncoded } from "../../engine/values/packed-value.ts";
import type { Database } from "../database/database.ts";
import { HttpError } from "../http/http-error.ts";

interface ItemRow {
  index: number;
  status: "ok" | "error" | "pending" | "cancelled";
  result: Uint8Array | null;
  error: string | null;
  ms: number | null;
}

const sizesAtOnce = 500;
/** Of one value that is written as JSON. */
const mostJsonBytes = 2 ** 20;
/** Of rows that are fetched together. */
const bytesAtOnce = 8 * 2 ** 20;

/**
 * What came of each item of a job, in the order of its list, as one MessagePack array of
 * `{ index, status, value?, error?, ms }`: `value` is a packed value (engine/values/packed-value.ts). Sent as it is fetched.
 */
export function resultStream(database: Database, jobId: string, total: number): Readable {
  return Readable.from(resultBytes(database, jobId, total), { objectMode: false });
}

/**
 * The same as JSON, for programs that are not ours: values as format=json writes them.
 * @throws HttpError 422 where a value is too large for that
 */
export async function jsonResultStream(database: Database, jobId: string, total: number): Promise<Readable> {
  const [large] = await database.query<{ index: number }>(
    "select index from fused.job_items where job_id = $1 and length(result) > $2 order by index limit 1",
    [jobId, mostJsonBytes],
  );
  if (large) {
    const message =
      `Result ${large.index} is larger than the ${mostJsonBytes / 2 ** 20} MiB that are written as JSON: ` +
      "fetch it with fused.api.jobGetResults(id) in a notebook, or let the UDF write a file and give its path.";
    throw new HttpError(422, "FormatError", message);
  }
  return Readable.from(resultJson(database, jobId, total), { objectMode: false });
}

async function* resultBytes(database: Database, jobId: string, total: number): AsyncGenerator<Uint8Array> {
  yield arrayHead(total);
  for await (const rows of resultRows(database, jobId, total)) yield Buffer.concat(rows.map(rowBytes));
}

async function* resultJson(database: Database, jobId: string, total: number): AsyncGenerator<string> {
  const { encodeJson } = await import("../../fused/formats/json.ts");
  let separator = "[";
  for await (const rows of resultRows(database, jobId, total)) {
    for (const { index, status, result, error, ms } of rows) {
      const facts = JSON.stringify({
        index,
        status,
        ms,
        ...(error !== null && { error: JSON.parse(error) as RunError }),
      });
      const value = result && (await encodeJson(await unpackValue(unpackEncoded(new Uint8Array(result)))));
      yield `${separator}${value === null ? facts : `${facts.slice(0, -1)},"value":${value}}`}`;
      separator = ",\n";
      // Others have their turn between two values.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  yield separator === "[" ? "[]" : "]";
}

async function* resultRows(database: Database, jobId: string, total: number): AsyncGenerator<ItemRow[]> {
  for (let from = 0; from < total;) {
    const sizes = await database.query<{ index: number; size: number }>(
      `select index, coalesce(length(result), 0) as size from fused.job_items
       where job_id = $1 and index >= $2 order by index limit $3`,
      [jobId, from, sizesAtOnce],
    );
    let [count, bytes] = [0, 0];
    for (const { size } of sizes) {
      if (count > 0 && bytes + size > bytesAtOnce) break;
      count++;
      bytes += size;
    }
    const rows = await database.query<ItemRow>(
      `select index, status, result, error, ms from fused.job_items where job_id = $1 and index >= $2 order by index limit $3`,
      [jobId, from, count],
    );
    if (rows.length === 0) throw new Error(`the results of job ${jobId} were removed while they were read`);
    yield rows;
    from = rows.at(-1)!.index + 1;
  }
}

function rowBytes({ index, status, result, error, ms }: ItemRow): Uint8Array {
  return encode({
    index,
    status,
    ...(result && { value: new Uint8Array(result) }),
    ...(error !== null && { error: JSON.parse(error) as RunError }),
    ms,
  });
}

/** The head of an array of so many values (MessagePack: array 32). */
function arrayHead(length: number): Uint8Array {
  const head = Buffer.alloc(5);
  head[0] = 0xdd;
  head.writeUInt32BE(length, 1);
  return head;
}
