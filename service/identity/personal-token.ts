import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newServiceToken } from "./service-tokens.ts";

/** The token of single-user mode, in a file that only its owner can read; made at the first start. */
export function personalToken(folder: string): { token: string; isNew: boolean } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "token");
  let isNew = true;
  try {
    writeFileSync(path, `${newServiceToken()}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    isNew = false;
    chmodSync(path, 0o600);
  }
  const token = readFileSync(path, "utf8").trim();
  if (/^fst_[\w-]{43}$/.test(token)) return { token, isNew };
  throw new Error(`${path} holds no token of the service: remove it, and the next start makes one`);
}
