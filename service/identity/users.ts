import type { Database } from "../database/database.ts";
import type { Caller } from "./caller.ts";

/** What is known of somebody from the provider that let them in. */
export interface Person {
  /** The provider, and its own name for the person: the two together never change. */
  issuer: string;
  subject: string;
  email: string;
  handle: string;
  /** The name of the team; undefined: a team of their own. */
  team?: string;
}

interface UserRow {
  id: string;
  email: string;
  handle: string;
  team_id: string;
  team_name: string;
}

/** Of the advisory lock under which users are made. */
const lockNumber = 7_136_003;

const selectUser = `select u.id, u.email, u.handle, u.team_id, t.name as team_name
  from fused.users u join fused.teams t on t.id = u.team_id`;

/**
 * The user that a person is, made at first sight; who comes with another team than before, or
 * without one, has moved.
 * @throws EmailTakenError where the address belongs to somebody else
 */
export async function userOf(database: Database, person: Person): Promise<Caller> {
  const { issuer, subject } = person;
  const [known] = await database.query<UserRow>(`${selectUser} where u.issuer = $1 and u.subject = $2`, [
    issuer,
    subject,
  ]);
  if (known && teamNameOf(person, known.email) === known.team_name) return callerOf(known);
  return database.transaction(async (inside) => {
    // Requests that see somebody first may come at the same moment.
    await inside.query("select pg_advisory_xact_lock($1)", [lockNumber]);
    const email = known?.email ?? person.email;
    const name = teamNameOf(person, email);
    await inside.query("insert into fused.teams (name) values ($1) on conflict (name) do nothing", [name]);
    const [taken] = await inside.query<{ issuer: string; subject: string }>(
      "select issuer, subject from fused.users where email = $1",
      [email],
    );
    if (taken && (taken.issuer !== issuer || taken.subject !== subject)) throw new EmailTakenError(email);
    await inside.query(
      `insert into fused.users (issuer, subject, email, handle, team_id)
       values ($1, $2, $3, $4, (select id from fused.teams where name = $5))
       on conflict (issuer, subject) do update set team_id = excluded.team_id`,
      [issuer, subject, email, person.handle, name],
    );
    const [made] = await inside.query<UserRow>(`${selectUser} where u.issuer = $1 and u.subject = $2`, [
      issuer,
      subject,
    ]);
    return callerOf(made!);
  });
}

/** Before the name of a team that is one person's own: an address that somebody chose must not be the name of others' team. */
const own = "~";

function teamNameOf({ team }: Person, email: string): string {
  return team === undefined ? own + email : team.replace(/^~+/, "");
}

/** The user of an id. */
export async function userWithId(database: Database, id: string): Promise<Caller | undefined> {
  const [row] = await database.query<UserRow>(`${selectUser} where u.id = $1`, [id]);
  return row && callerOf(row);
}

/** Two people of different providers, or accounts of one, came with one address. */
export class EmailTakenError extends Error {
  override name = "EmailTakenError";

  constructor(email: string) {
    super(`${email} belongs to another account of this service.`);
  }
}

function callerOf({ id, email, handle, team_id, team_name }: UserRow): Caller {
  const teamName = team_name.startsWith(own) ? team_name.slice(own.length) : team_name;
  return { userId: id, email, handle, teamId: team_id, teamName, kind: "user" };
}
