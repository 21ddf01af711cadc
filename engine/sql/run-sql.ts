import type { OpenUrl } from "../files/download.ts";

/** A query and what it may read. */
export interface SqlRequest {
  query: string;
  /** Arrow tables or arrays of rows, by the name they have in the query. */
  tables: Record<string, unknown>;
  open: OpenUrl;
  fdPrefix: string | null;
  /** Folder for copies of remote files, removed after the query. */
  temporary: string;
  /** Folders whose files the query may read; undefined: any file. */
  allowedFolders?: string[];
  signal?: AbortSignal;
}

export async function runSql(_request: SqlRequest): Promise<unknown> {
  throw new Error("not yet");
}
