import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A connection file: https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files */
export interface ConnectionInfo {
  transport: "tcp" | "ipc";
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  signature_scheme: "hmac-sha256";
  key: string;
  kernel_name?: string;
}

export interface ConnectionFile {
  path: string;
  info: ConnectionInfo;
  /** Removes the file and its folder; may be called more than once. */
  remove(): void;
}

const portNames = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

/** Writes a connection file with free ports of this machine and a fresh key, where only this user can read it. */
export async function createConnectionFile(kernelName: string): Promise<ConnectionFile> {
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = (await freePorts(portNames.length)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const info: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    shell_port,
    iopub_port,
    stdin_port,
    control_port,
    hb_port,
    signature_scheme: "hmac-sha256",
    key: randomUUID(),
    kernel_name: kernelName,
  };
  const folder = mkdtempSync(join(tmpdir(), "fused-kernel-"));
  const path = join(folder, "kernel.json");
  writeFileSync(path, JSON.stringify(info, null, 1), { mode: 0o600 });
  const remove = () => {
    process.off("exit", remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", remove);
  return { path, info, remove };
}

/**
 * Reads a connection file that a Jupyter client wrote.
 * @throws Error saying what is wrong with it and where such files come from
 */
export function readConnectionFile(path: string): ConnectionInfo {
  const origin =
    "A Jupyter client writes this file when it starts a kernel. To work with the kernel yourself:\n" +
    "fused-kernel install, then choose TypeScript (Fused) in Jupyter; or: fused-kernel run NOTEBOOK.ipynb";
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new Error(`connection file ${path}: ${why}.\n${origin}`);
  }
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch (error) {
    throw new Error(`connection file ${path} is not JSON: ${(error as Error).message}.\n${origin}`);
  }
  const missing = ["transport", "ip", "key", ...portNames].filter(
    (name) => (info as Record<string, unknown> | null)?.[name] === undefined,
  );
  if (missing.length > 0) {
    throw new Error(`connection file ${path} is not one: it has no ${missing.join(", ")}.\n${origin}`);
  }
  return info as ConnectionInfo;
}

/** ZeroMQ's address of a channel's port (jupyter_client.connect: `ipc` puts a dash before the number). */
export function channelAddress({ transport, ip }: ConnectionInfo, port: number): string {
  return transport === "ipc" ? `ipc://${ip}-${port}` : `tcp://${ip}:${port}`;
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
