import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { writeWhole } from "../write-whole.ts";

/** A log-in as the product's file has it (fused-spec.md 19.2), and where it belongs. */
export interface Credentials {
  access_token: string;
  refresh_token?: string;
  /** Seconds that the access token was good for when it came. */
  expires_in?: number;
  /** ISO time of its end, a second early. */
  expires_at?: string;
  auth_scheme: string;
  /** Service that the log-in is for. Files that Python's SDK has written have none: those are for the product's own. */
  base_url?: string;
  /** Who gave the tokens, and to whom: a refresh asks there. */
  issuer?: string;
  client_id?: string;
  /** Where it gave them, if not where it says itself. */
  token_url?: string;
}

/** What a file of credentials turned out to be, where it is none. */
export class CredentialsFileError extends Error {
  override name = "CredentialsFileError";
}

/** Where the log-in is kept: `FUSED_CREDENTIALS_FILE`, or the product's documented place in the home directory. */
export function credentialsPath(): string {
  return process.env["FUSED_CREDENTIALS_FILE"] || join(homedir(), ".fused", "credentials");
}

let known: { path: string; stamp: string; credentials: Credentials | undefined } | undefined;

/**
 * The saved log-in; undefined where there is none. Read again only when the file has changed.
 * @throws CredentialsFileError where the file is no log-in
 */
export function readCredentials(path = credentialsPath()): Credentials | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  if (known?.path === path && known.stamp === stamp) return known.credentials;
  const credentials = parse(readFileSync(path, "utf8"), path);
  known = { path, stamp, credentials };
  return credentials;
}

/** Writes the file, which is this user's alone. @throws as node:fs does */
export function writeCredentials(credentials: Credentials, path = credentialsPath()): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeWhole(path, `${JSON.stringify(credentials, undefined, 2)}\n`);
}

/** @returns whether there was one */
export function deleteCredentials(path = credentialsPath()): boolean {
  const there = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (there) rmSync(path, { force: true });
  return there;
}

function parse(text: string, path: string): Credentials | undefined {
  if (text.trim() === "") return undefined;
  const broken = (why: string) =>
    new CredentialsFileError(`${path} is no log-in (${why}). Log in again, which writes it anew.`);
  let read: Partial<Credentials> | null;
  try {
    read = JSON.parse(text) as Partial<Credentials> | null;
  } catch {
    // The parser's own message would have a piece of the text.
    throw broken("it is not JSON");
  }
  if (typeof read?.access_token !== "string" || read.access_token === "") throw broken("it has no access_token");
  return { auth_scheme: "Bearer", ...read } as Credentials;
}
