import { hkdfSync, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceSettings } from "./settings.ts";

/** Keys by purpose, all derived from one. Replicas with the same master key have the same keys. */
export interface Keys {
  /** 32 bytes (HKDF-SHA-256, RFC 5869). */
  derive(purpose: string): Buffer;
  /** Those of earlier master keys: what was encrypted with one still opens (secrets/seal.ts). */
  previous?: Keys[];
}

const leastBytes = 32;

/** The service's keys: from the master key of the settings, else from a file that the first start writes (mode 0600). */
export function openKeys(settings: ServiceSettings): Keys {
  const master = settings.masterKey ?? masterKeyFile(settings.dataFolder);
  if (master.length < leastBytes) {
    throw new Error(`The service's key has ${master.length} bytes, and needs at least ${leastBytes} that are random.`);
  }
  return { ...keysFrom(master), previous: settings.previousMasterKeys?.map(keysFrom) };
}

function keysFrom(master: Buffer): Keys {
  return { derive: (purpose) => Buffer.from(hkdfSync("sha256", master, "", `fused-service/${purpose}`, 32)) };
}

function masterKeyFile(folder: string): Buffer {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "key");
  try {
    writeFileSync(path, randomBytes(leastBytes).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    chmodSync(path, 0o600);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "hex");
  if (key.length === leastBytes) return key;
  throw new Error(
    `${path} is not a key of the service. Put the right one back: what it has encrypted is lost without.`,
  );
}
