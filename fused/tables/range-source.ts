import type { RangeContent, RangeSource } from "../../engine/table-reader.ts";

/** Asks an http server for a range, as the `Range` header says it. */
export type FetchRange = (url: string, range: string, what: RangeContent) => Promise<RangeAnswer>;

export interface RangeAnswer {
  status: number;
  headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A file that is not there. */
export class MissingFileError extends Error {
  override name = "MissingFileError";
}

/** A file behind an http address. A server that knows no ranges is asked once, for all of it. */
export function httpSource(url: string, fetchRange: FetchRange): RangeSource {
  let whole: ArrayBuffer | undefined;
  const ask = async (range: string, what: RangeContent): Promise<{ bytes: ArrayBuffer; total?: number }> => {
    if (whole) return { bytes: whole };
    const answer = await fetchRange(url, `bytes=${range}`, what);
    if (answer.status === 404 || answer.status === 403 || answer.status === 410) {
      throw new MissingFileError(`${url} answered ${answer.status}`);
    }
    if (answer.status === 200) return { bytes: (whole = await answer.arrayBuffer()) };
    if (answer.status !== 206) throw new Error(`${url} answered ${answer.status} to a request for a part of it.`);
    const total = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
    return { bytes: await answer.arrayBuffer(), ...(total !== undefined && { total: Number(total) }) };
  };
  return {
    name: url,
    async tail(count) {
      const { bytes, total } = await ask(`-${count}`, "metadata");
      if (whole) return { bytes: whole.slice(Math.max(0, whole.byteLength - count)), size: whole.byteLength };
      if (total === undefined) throw new Error(`${url} does not say how long it is.`);
      return { bytes, size: total };
    },
    async read(start, end, what = "data") {
      const { bytes } = await ask(`${start}-${end - 1}`, what);
      if (whole) return whole.slice(start, end);
      if (bytes.byteLength !== end - start) throw new Error(`${url} gave ${bytes.byteLength} bytes of ${end - start}.`);
      return bytes;
    },
  };
}
