import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../kernelspec/package-root.ts";

export interface Replica {
  /** `http://…/server/v1`. */
  base: string;
  pid: number;
  close(): Promise<void>;
}

/** A process of the service as users start it, without access log and batch work. */
export async function startReplica(environment: Record<string, string>, words: string[]): Promise<Replica> {
  const child = spawn(
    process.execPath,
    [join(packageRoot, "dist", "cli.js"), "service", "--work", "none", "--quiet", ...words],
    { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  const base = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      const [, address] = /^Service: (\S+)$/m.exec((text += chunk.toString())) ?? [];
      if (address) resolve(address);
    });
    child.once("exit", (code) => reject(new Error(`the replica ended with ${code}: ${text}`)));
  });
  return {
    base,
    pid: child.pid!,
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}
