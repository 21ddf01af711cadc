/** The service's state, in PGlite or in a Postgres. Parameters stand as `$1`, `$2` … in the text, never in it. */
export interface Database {
  kind: "pglite" | "postgres";
  /**
   * Rows of one statement. Types as both drivers give them: timestamptz a Date, jsonb parsed, int8 a number, bytea bytes.
   * JSON goes in as text (`JSON.stringify`).
   * @throws DatabaseError
   */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Several statements in one text, without parameters: the rows of all. @throws DatabaseError */
  script<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** All of `work` or nothing of it. Inside, only the database that is handed over may be used. */
  transaction<T>(work: (inside: Database) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a database says no to. `code` is Postgres' SQLSTATE (`23505`: a unique key is taken), where there is one. */
export class DatabaseError extends Error {
  override name = "DatabaseError";
  readonly code: string | undefined;
  /** True where the database could not be reached or went away: nobody's mistake, another attempt may help. */
  readonly isUnreachable: boolean;

  constructor(message: string, code: string | undefined, isUnreachable: boolean, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.isUnreachable = isUnreachable;
  }
}

export const uniqueViolation = "23505";
