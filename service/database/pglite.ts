import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PGlite, Transaction } from "@electric-sql/pglite";
import { DatabaseError, type Database } from "./database.ts";
import { lockFolder } from "./folder-lock.ts";

/**
 * The embedded Postgres: a folder, and this process alone.
 * @param folder undefined: in memory
 * @throws Error where another process has the folder
 */
export async function openPglite(folder?: string): Promise<Database & { pglite: PGlite }> {
  const { PGlite } = await import("@electric-sql/pglite");
  let unlock = () => {};
  let place: string | undefined;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    unlock = lockFolder(folder);
    place = join(folder, "database");
  }
  const pglite = await PGlite.create(place === undefined ? {} : { dataDir: place });
  const on = (target: PGlite | Transaction): Database => ({
    kind: "pglite",
    async query<Row>(sql: string, parameters: readonly unknown[] = []) {
      try {
        return (await target.query<Row>(sql, [...parameters])).rows;
      } catch (error) {
        throw asDatabaseError(error);
      }
    },
    async script<Row>(sql: string) {
      try {
        const results = await target.exec(sql);
        return results.flatMap(({ rows }) => rows as Row[]);
      } catch (error) {
        // A script may have begun a transaction of its own: it must not outlive its error on the one connection there is.
        if (!("rollback" in target)) await target.query("rollback").catch(() => {});
        throw asDatabaseError(error);
      }
    },
    transaction: (work) =>
      "transaction" in target ? target.transaction((inside) => work(on(inside))) : work(on(target)),
    async close() {
      if (!pglite.closed) await pglite.close();
      unlock();
    },
  });
  return Object.assign(on(pglite), { pglite });
}

function asDatabaseError(error: unknown): Error {
  const { message, code } = error as Error & { code?: string };
  return new DatabaseError(message, code, /closed/.test(message) && code === undefined, error);
}
