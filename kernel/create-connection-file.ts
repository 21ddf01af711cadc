import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portNames } from "./connection-file.ts";
import type { ConnectionInfo } from "./connection-file.ts";

export interface ConnectionFile {
  path: string;
  info: ConnectionInfo;
  /** Removes the file and its folder; may be called more than once. */
  remove(): void;
}

/**
 * Writes a connection file with free ports of this machine and a fresh key, where only this user can read it.
 * @param kernelId of a server, by which the kernel can tell pages where it is reached
 */
export async function createConnectionFile(kernelName: string, kernelId?: string): Promise<ConnectionFile> {
  const ports = await freePorts(portNames.length);
  const info = {
    transport: "tcp",
    ip: "127.0.0.1",
    ...Object.fromEntries(portNames.map((name, i) => [name, ports[i]])),
    signature_scheme: "hmac-sha256",
    key: randomUUID(),
    kernel_name: kernelName,
  } as ConnectionInfo;
  const folder = mkdtempSync(join(tmpdir(), "fused-kernel-"));
  const path = join(folder, kernelId === undefined ? "kernel.json" : `kernel-${kernelId}.json`);
  writeFileSync(path, JSON.stringify(info, null, 1), { mode: 0o600 });
  const remove = () => {
    process.off("exit", remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", remove);
  return { path, info, remove };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => close(server)));
  return ports;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
