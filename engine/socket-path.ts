import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const socketFolderPrefix = "fused-engine-";

/** A new path for a local socket that only this user can reach: in a folder of mode 0700, or a named pipe on Windows. */
export function newSocketPath(): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\${socketFolderPrefix}${randomUUID()}`;
  return join(mkdtempSync(join(tmpdir(), socketFolderPrefix)), "engine.sock");
}
