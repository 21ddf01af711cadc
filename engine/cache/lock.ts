import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";

/** Who holds a lock, as its file says. */
export interface LockOwner {
  pid: number;
  host: string;
  /** Milliseconds since 1970. */
  time: number;
  /** Tells apart the locks of one process. */
  token: string;
}

export interface Lock {
  release(): void;
}

export interface LockOptions {
  /** How long to wait for another owner, milliseconds. 0: not at all. */
  timeout: number;
  signal?: AbortSignal;
}

/** The lock is still another's. */
export class LockTimeoutError extends Error {
  override name = "LockTimeoutError";
  readonly owner: LockOwner | undefined;

  constructor(path: string, owner: LockOwner | undefined) {
    super(`${path} is held by ${owner ? `process ${owner.pid} on ${owner.host}` : "somebody"}`);
    this.owner = owner;
  }
}

const firstPause = 4;
const longestPause = 60;
/** An owner touches its lock this often, milliseconds. */
const heartbeat = 5000;
/** A lock of another machine that nobody has touched for so long has lost its owner. */
const staleAbroad = 60_000;
/** The same on this machine, where a living process may be too busy to touch it: its number must have a new bearer. */
const staleAtHome = 15 * 60_000;
/** A lock's file that says nothing readable is being written, unless it is as old as this. */
const staleUnwritten = 5000;

/** What waits for a lock within this process, by path: served in turn, without looking at the file. */
const waiting = new Map<string, (() => void)[]>();

/**
 * Takes the lock that a file stands for, within this process and across processes and machines that share the folder. A
 * lock whose owner is gone is taken over.
 * @throws LockTimeoutError; the signal's reason; the error of the file system where the folder cannot be written
 */
export async function takeLock(path: string, { timeout, signal }: LockOptions): Promise<Lock> {
  const until = Date.now() + timeout;
  await takeTurn(path, until, signal);
  try {
    const token = await takeFile(path, until, signal);
    const beat = setInterval(() => touch(path), heartbeat).unref();
    const release = () => {
      clearInterval(beat);
      if (readOwner(path)?.token === token) rmSync(path, { force: true });
      passTurn(path);
    };
    return { release: once(release) };
  } catch (error) {
    passTurn(path);
    throw error;
  }
}

function takeTurn(path: string, until: number, signal: AbortSignal | undefined): Promise<void> | undefined {
  signal?.throwIfAborted();
  const line = waiting.get(path);
  if (!line) {
    waiting.set(path, []);
    return undefined;
  }
  return new Promise((resolve, reject) => {
    const leave = () => {
      const at = line.indexOf(next);
      if (at >= 0) line.splice(at, 1);
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const next = () => {
      leave();
      resolve();
    };
    const abort = () => {
      leave();
      reject(signal!.reason as Error);
    };
    const expire = () => {
      leave();
      reject(new LockTimeoutError(path, readOwner(path)));
    };
    const timer = setTimeout(expire, Math.max(0, Math.min(until - Date.now(), 2 ** 31 - 1)));
    signal?.addEventListener("abort", abort, { once: true });
    line.push(next);
  });
}

function passTurn(path: string): void {
  const line = waiting.get(path);
  const next = line?.[0];
  if (next) next();
  else waiting.delete(path);
}

async function takeFile(path: string, until: number, signal: AbortSignal | undefined): Promise<string> {
  const token = `${process.pid}-${Date.now().toString(36)}-${(tokens++).toString(36)}`;
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    signal?.throwIfAborted();
    if (createFile(path, token)) return token;
    if (isAbandoned(path) && removeAbandoned(path)) continue;
    if (Date.now() >= until) throw new LockTimeoutError(path, readOwner(path));
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, Math.max(1, until - Date.now()))));
  }
}

let tokens = 0;

function createFile(path: string, token: string): boolean {
  let file: number;
  try {
    file = openSync(path, "wx", 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Windows says EPERM of a file that is just being removed.
    if (code === "EEXIST" || (process.platform === "win32" && code === "EPERM")) return false;
    if (code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    return false;
  }
  const owner: LockOwner = { pid: process.pid, host: hostname(), time: Date.now(), token };
  try {
    writeSync(file, JSON.stringify(owner));
  } finally {
    closeSync(file);
  }
  return true;
}

function readOwner(path: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockOwner;
  } catch {
    return undefined;
  }
}

function isAbandoned(path: string): boolean {
  const age = ageOf(path);
  if (age === undefined) return false;
  const owner = readOwner(path);
  if (!owner) return age > staleUnwritten;
  if (owner.host !== hostname()) return age > staleAbroad;
  return age > staleAtHome || !isAlive(owner.pid);
}

function ageOf(path: string): number | undefined {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs === undefined ? undefined : Date.now() - mtimeMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Removes a lock whose owner is gone. Of those who find it so at the same time one removes it: a second would remove the
 * lock that the first has taken since.
 */
function removeAbandoned(path: string): boolean {
  const guard = `${path}.takeover`;
  try {
    closeSync(openSync(guard, "wx", 0o600));
  } catch {
    if ((ageOf(guard) ?? 0) > staleUnwritten) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (isAbandoned(path)) rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Taken over, or the folder is gone: release will find out.
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
