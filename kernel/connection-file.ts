import { readFileSync } from "node:fs";

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

export const portNames = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

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
