import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Table } from "apache-arrow";
import { download, type OpenUrl } from "../files/download.ts";
import { resolveFileUrl } from "../files/file-url.ts";
import { importTable } from "./arrow-to-duckdb.ts";
import { exportTable } from "./duckdb-to-arrow.ts";
import { findFiles, type FileMention } from "./find-files.ts";
import { openRemoteParquet, type RemoteParquet } from "./remote-parquet.ts";

/** A query and what it may read. */
export interface SqlRequest {
  query: string;
  /** Arrow tables or arrays of rows, by the name they have in the query. */
  tables: Record<string, unknown>;
  open: OpenUrl;
  fdPrefix: string | null;
  /** Folder for copies of remote files, removed after the query. */
  temporary: string;
  /** Folders whose files the query may read, and then write nothing; undefined: whatever this account may. */
  allowedFolders?: string[];
  signal?: AbortSignal;
}

/** A query that failed, in DuckDB's words. */
export class SqlError extends Error {
  override name = "SqlError";
}

const filesHint =
  "\nA UDF reads local files only in the folders of the run option files: %%udf NAME --files FOLDER, or near.with({ files: [FOLDER] }).";

type Duck = typeof import("@duckdb/node-api");

/**
 * Runs SQL in a database of its own that is gone afterwards, and gives the last statement's result.
 * @throws SqlError; TypeError for a table that is none; what `open` throws
 */
export async function runSql(request: SqlRequest): Promise<Table> {
  const { query, tables, signal } = request;
  signal?.throwIfAborted();
  const [duck, arrow] = await Promise.all([import("@duckdb/node-api"), import("apache-arrow")]);
  mkdirSync(request.temporary, { recursive: true });
  const folder = mkdtempSync(join(request.temporary, "sql-"));
  let instance: DuckDBInstance | undefined;
  let connection: DuckDBConnection | undefined;
  const interrupt = () => connection?.interrupt();
  const shownPaths = new Map<string, string>();
  try {
    instance = await duck.DuckDBInstance.create(":memory:", { ...settings, temp_directory: join(folder, "spill") });
    connection = await instance.connect();
    signal?.addEventListener("abort", interrupt, { once: true });
    for (const [name, table] of Object.entries(tables)) {
      await importTable(duck, connection, name, asTable(arrow, name, table));
    }
    const remote = await copyRemoteFiles(request, folder);
    for (const { path, url } of remote.files) shownPaths.set(path, url);
    if (request.allowedFolders) await lockDown(duck, connection, remote.query, [...request.allowedFolders, folder]);
    await fetchNeeded(connection, remote);
    const result = await runOrFetchAll(connection, remote);
    return await exportTable(arrow, duck, result);
  } catch (error) {
    signal?.throwIfAborted();
    // DuckDB's errors begin so: "Binder Error: …".
    const words = /^(?:Failed to [a-z ]+: )?([A-Z][\w ]* Error: [^]*)$/.exec(
      error instanceof Error ? error.message : "",
    );
    if (!words) throw error;
    let message = words[1]!;
    for (const [path, url] of shownPaths) message = message.replaceAll(path, url);
    const missing = /No files found that match the pattern "(?![a-z]+:|\/)/.test(message);
    if (missing && !request.allowedFolders) message = `${message} in ${process.cwd()}`;
    if (request.allowedFolders && /^Permission Error: Cannot access file/.test(message)) message += filesHint;
    throw new SqlError(message);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    connection?.closeSync();
    instance?.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }

  function asTable(module: typeof arrow, name: string, value: unknown): Table {
    const isRows = Array.isArray(value) && value.every((row) => typeof row === "object" && row !== null);
    if (isRows) return module.tableFromJSON(value as Record<string, unknown>[]);
    if (typeof (value as Partial<Table> | null)?.getChildAt === "function") return value as Table;
    throw new TypeError(
      `fused.sql: the table ${name} of ${JSON.stringify(query.slice(0, 60))} is neither an Arrow table nor an array of rows.`,
    );
  }
}

/** No extension is fetched from anywhere: what a query may reach is decided here. */
const settings = {
  threads: "2",
  memory_limit: "2GB",
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
  allow_community_extensions: "false",
};

interface RemoteFiles {
  /** The query with paths of the copies instead of the addresses. */
  query: string;
  files: { path: string; url: string; parquet?: RemoteParquet }[];
}

async function copyRemoteFiles(request: SqlRequest, folder: string): Promise<RemoteFiles> {
  const { query, open, fdPrefix, signal } = request;
  const mentions = findFiles(query);
  const byUrl = new Map<string, Promise<{ path: string; url: string; parquet?: RemoteParquet }>>();
  mentions.forEach((mention, i) => {
    if (byUrl.has(mention.url)) return;
    byUrl.set(mention.url, copyRemoteFile(mention, `${i}`));
  });
  const files = new Map(await Promise.all([...byUrl].map(async ([url, file]) => [url, await file] as const)));
  let rewritten = query;
  for (const { url, start, end } of mentions.toReversed()) {
    rewritten = `${rewritten.slice(0, start)}'${files.get(url)!.path.replaceAll("'", "''")}'${rewritten.slice(end)}`;
  }
  return { query: rewritten, files: [...files.values()] };

  async function copyRemoteFile({ url: text, reader }: FileMention, number: string) {
    const url = resolveFileUrl(text, fdPrefix);
    if (/[*?[\]{}]/.test(decodeURI(url.pathname))) {
      throw new SqlError(
        `fused.sql: ${text} has a wildcard; a web server cannot list files. Name each file: read_parquet(['…', '…']).`,
      );
    }
    const ending = /\.(parquet|parq|pq|csv|tsv|txt|json|ndjson|jsonl|geojson)(\.(gz|zst))?$/i
      .exec(url.pathname)?.[0]
      .toLowerCase();
    if (reader?.includes("parquet") || /^\.(parquet|parq|pq)$/.test(ending ?? "")) {
      const path = join(folder, `${number}.parquet`);
      return { path, url: text, parquet: await openRemoteParquet(url, path, open, signal) };
    }
    if (!ending && !reader) {
      throw new SqlError(
        `fused.sql: it is not clear what ${text} is. Say it with a function: from read_csv('${text}'), read_json, read_parquet.`,
      );
    }
    const usual = ending ?? (reader?.includes("json") ? ".json" : ".csv");
    // DuckDB knows a format by the file's ending.
    const name = `${number}${usual.replace(".geojson", ".json")}`;
    const path = await download({ url, folder, path: name, open, warn: () => {}, signal });
    return { path, url: text };
  }
}

/** From here on the query reads the folders it may read, and changes nothing outside its own database. */
async function lockDown(duck: Duck, connection: DuckDBConnection, query: string, folders: string[]): Promise<void> {
  const list = folders.map((folder) => `'${folder.replaceAll("'", "''")}/'`).join(", ");
  await connection.run(`set allowed_directories = [${list}]`);
  await connection.run("set enable_external_access = false");
  await connection.run("set lock_configuration = true");
  const { StatementType } = duck;
  const refused = [
    StatementType.COPY,
    StatementType.COPY_DATABASE,
    StatementType.EXPORT,
    StatementType.ATTACH,
    StatementType.DETACH,
    StatementType.LOAD,
    StatementType.EXTENSION,
    StatementType.UPDATE_EXTENSIONS,
  ];
  const statements = await connection.extractStatements(query);
  // A statement may need what an earlier one makes, and is then not to be prepared yet; DuckDB's parser has told its first word.
  for (const text of splitStatements(query)) {
    const word = /^\s*([a-z_]+)/i.exec(text)?.[1]?.toLowerCase() ?? "";
    if (/^\s*explain\s+analyze\b/i.test(text)) throw refusal("explain analyze");
    if (/^(copy|prepare|export|import|attach|detach|load|install|update_extensions|force|checkpoint|use)$/.test(word))
      throw refusal(word);
  }
  if (statements.count === 1) {
    const prepared = await statements.prepare(0);
    if (refused.includes(prepared.statementType)) throw refusal("this statement");
  }
}

function refusal(what: string): SqlError {
  return new SqlError(
    `fused.sql: a UDF may read files, but ${what.toUpperCase()} would reach outside its own database.`,
  );
}

function splitStatements(query: string): string[] {
  const bare = query
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ")
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$/g, "''");
  return bare.split(";").filter((text) => text.trim() !== "");
}

/** Fetches the columns that the query's plan reads; all of them where the plan cannot be told. */
async function fetchNeeded(connection: DuckDBConnection, { query, files }: RemoteFiles): Promise<void> {
  const remote = files.flatMap(({ parquet }) => parquet ?? []);
  if (remote.length === 0) return;
  const plan = (await connection.extractStatements(query)).count === 1 ? await explain(connection, query) : undefined;
  const scans = plan && findScans(plan);
  await Promise.all(
    remote.map(({ columns, fetchColumns }) =>
      fetchColumns(scans ? columns.filter((name) => scans.isRead(name)) : columns),
    ),
  );
}

/** Runs the query. Should it need a column that the plan did not show, everything is fetched and it runs again. */
async function runOrFetchAll(connection: DuckDBConnection, { query, files }: RemoteFiles) {
  try {
    return await connection.run(query);
  } catch (error) {
    const remote = files.flatMap(({ parquet }) => parquet ?? []);
    if (remote.length === 0 || !/TProtocol|Invalid|decompress|corrupt|page|thrift/i.test((error as Error).message))
      throw error;
    await Promise.all(remote.map(({ columns, fetchColumns }) => fetchColumns(columns)));
    return connection.run(query);
  }
}

interface PlanNode {
  name?: string;
  extra_info?: Record<string, string | string[]>;
  children?: PlanNode[];
}

async function explain(connection: DuckDBConnection, query: string): Promise<PlanNode[] | undefined> {
  try {
    const rows = (await connection.runAndReadAll(`explain (format json) ${query}`)).getRows();
    return JSON.parse(String(rows[0]?.[1])) as PlanNode[];
  } catch {
    return undefined;
  }
}

/** Which columns the scans of Parquet files read or filter by. */
function findScans(plan: PlanNode[]): { isRead(name: string): boolean } {
  const projected = new Set<string>();
  const filters: string[] = [];
  const visit = ({ name, extra_info: info = {}, children = [] }: PlanNode) => {
    const list = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());
    if (/PARQUET|READ_|SCAN/i.test(name ?? "")) {
      for (const each of list(info["Projections"])) projected.add(each);
      for (const [key, value] of Object.entries(info)) if (/filter/i.test(key)) filters.push(...list(value));
    }
    children.forEach(visit);
  };
  plan.forEach(visit);
  return {
    // A projection may be of a struct's member, `a.b`; a filter is an expression.
    isRead: (name) =>
      [...projected].some((each) => each === name || each.startsWith(`${name}.`) || each.startsWith(`"${name}"`)) ||
      filters.some((filter) => filter.includes(name)),
  };
}
