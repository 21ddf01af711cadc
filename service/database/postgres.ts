import type { Pool, PoolClient } from "pg";
import { DatabaseError, type Database } from "./database.ts";

const connections = 10;
const connectMilliseconds = 10_000;
const int8 = 20;

/** A Postgres at a URL. Connections are made as needed, and again after the server was away. */
export async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectMilliseconds,
    types: {
      getTypeParser: (id: number, format?: "text" | "binary") =>
        id === int8 ? Number : pg.types.getTypeParser(id, format as "text"),
    } as never,
  });
  // A connection that breaks while nobody uses it: the next query makes another.
  pool.on("error", () => {});
  return over(pool, pool);
}

function over(target: Pool | PoolClient, pool: Pool, isInside = false): Database {
  const query = async <Row>(sql: string, parameters: readonly unknown[] = []) => {
    try {
      return (await target.query(sql, [...parameters])).rows as Row[];
    } catch (error) {
      throw asDatabaseError(error);
    }
  };
  return {
    kind: "postgres",
    query,
    async script<Row>(sql: string) {
      try {
        const result = (await target.query(sql)) as unknown as { rows: Row[] } | { rows: Row[] }[];
        return [result].flat().flatMap(({ rows }) => rows);
      } catch (error) {
        // The pool drops the connection, and with it a transaction that the script began.
        throw asDatabaseError(error);
      }
    },
    async transaction(work) {
      if (isInside) return work(over(target, pool, true));
      const client = await pool.connect().catch((error: unknown) => {
        throw asDatabaseError(error);
      });
      // A broken connection is told by the query that meets it, too.
      const onError = () => {};
      client.on("error", onError);
      const inside = over(client, pool, true);
      let isBroken = false;
      try {
        await inside.query("begin");
        const result = await work(inside);
        await inside.query("commit");
        return result;
      } catch (error) {
        await inside.query("rollback").catch(() => (isBroken = true));
        throw error;
      } finally {
        client.off("error", onError);
        client.release(isBroken);
      }
    },
    close: () => (isInside ? Promise.resolve() : pool.end()),
  };
}

/** SQLSTATE classes and codes of a connection or server that is gone, starting or full. */
const unreachable = /^(08|57P0|53)|^ECONN|^EPIPE|^ENOTFOUND|^ETIMEDOUT|^EAI_/;

function asDatabaseError(error: unknown): Error {
  const { message, code } = error as Error & { code?: string };
  const isGone = unreachable.test(code ?? "") || /terminated|timeout exceeded|Connection ended/i.test(message);
  return new DatabaseError(message || `the database cannot be reached (${code})`, code, isGone, error);
}
