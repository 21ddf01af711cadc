import type * as Hyparquet from "hyparquet";
import type { Compressors } from "hyparquet";

/** What reads a partitioned table: files by address or path, and the packages for Parquet. */
export interface TableReader extends ParquetReader {
  open(address: string): RangeSource;
  rowGroupBatchSize: number;
}

/** The packages that read Parquet; handed in, since a UDF imports its own. */
export interface ParquetReader {
  hyparquet: typeof Hyparquet;
  compressors: Compressors;
}

/** Something of which single ranges of bytes can be read. */
export interface RangeSource {
  /** Address or path, for messages. */
  name: string;
  /** The last bytes (all, where there are fewer) and the whole size. */
  tail(bytes: number): Promise<{ bytes: ArrayBuffer; size: number }>;
  /** Bytes from `start` up to, not including, `end`. */
  read(start: number, end: number, what?: RangeContent): Promise<ArrayBuffer>;
}

/** What is asked for: a file's footer, which a store may take its time over, or what is in it. */
export type RangeContent = "metadata" | "data";
