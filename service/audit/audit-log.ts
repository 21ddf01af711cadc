import type { Audit } from "../context.ts";
import type { Database } from "../database/database.ts";

interface Entry {
  at: string;
  user: string | null;
  team: string | null;
  action: string;
  object: string;
  outcome: string;
  detail: Record<string, unknown>;
}

export interface AuditLog {
  audit: Audit;
  /** Waits until what was told is in the table, as far as the database can be reached. */
  close(): Promise<void>;
}

const pause = 200;
const longestObject = 500;
/** While the database is away, entries wait; beyond so many the oldest are said to be lost. */
const mostWaiting = 10_000;

/** Writes who did what into the table `fused.audit`, some at a time and in order. */
export function openAuditLog(database: Database): AuditLog {
  let waiting: Entry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    if (waiting.length === 0) return;
    const entries = waiting;
    waiting = [];
    try {
      await insert(database, entries);
    } catch (error) {
      waiting = [...entries, ...waiting];
      if (waiting.length > mostWaiting) {
        const lost = waiting.splice(0, waiting.length - mostWaiting).length;
        process.stderr.write(`[service] ${lost} audit entries could not be written: ${(error as Error).message}\n`);
      }
      soon();
    }
  };
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      writing = writing.then(write);
    }, pause).unref();
  };
  return {
    audit(caller, action, object, outcome, detail = {}) {
      waiting.push({
        at: new Date().toISOString(),
        user: caller?.userId ?? null,
        team: caller?.teamId ?? null,
        action,
        object: object.slice(0, longestObject).replaceAll("\0", "␀"),
        outcome,
        detail,
      });
      soon();
    },
    async close() {
      clearTimeout(timer);
      await writing.then(write);
      clearTimeout(timer);
    },
  };
}

async function insert(database: Database, entries: Entry[]): Promise<void> {
  await database.query(
    `insert into fused.audit (at, user_id, team_id, action, object, outcome, detail)
     select e.at, e."user", e.team, e.action, e.object, e.outcome, e.detail
     from jsonb_to_recordset($1::jsonb)
       as e (at timestamptz, "user" uuid, team uuid, action text, object text, outcome text, detail jsonb)`,
    [JSON.stringify(entries).replaceAll("\\u0000", "␀")],
  );
}
