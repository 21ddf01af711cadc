import { builtKernel, kernelArgv } from "./argv.ts";

/** A kernel.json: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
export interface KernelJson {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode?: "signal" | "message";
  env?: Record<string, string>;
  metadata?: Record<string, unknown>;
}

export const defaultName = "fused-ts";
export const defaultDisplayName = "TypeScript (Fused)";
export const language = "typescript";

/** The kernel for notebooks that one does not trust. */
export const sandboxName = "fused-ts-sandbox";
export const sandboxDisplayName = "TypeScript (Fused, sandbox)";

/** What a kernelspec starts. */
export interface SpecOptions {
  displayName?: string;
  /** Cells run in an isolate, without the rights of the user. */
  sandbox?: boolean;
  /** Hosts that a sandboxed notebook may reach without asking; `allowPrivateHosts`: also at addresses of a private network. */
  allowHosts?: string[];
  allowPrivateHosts?: string[];
}

/** Metadata key by which our kernelspecs are known under any name. */
const ownerKey = "fused-kernel";

/** The kernel.json of our kernel, with absolute paths to the Node we run in and to the built kernel. */
export function kernelJson({
  displayName,
  sandbox,
  allowHosts = [],
  allowPrivateHosts = [],
}: SpecOptions = {}): KernelJson {
  const flags = sandbox
    ? [
        "--sandbox",
        ...allowHosts.flatMap((host) => ["--allow-host", host]),
        ...allowPrivateHosts.flatMap((host) => ["--allow-private-host", host]),
      ]
    : [];
  return {
    argv: [...kernelArgv(builtKernel), ...flags, "{connection_file}"],
    display_name: displayName ?? (sandbox ? sandboxDisplayName : defaultDisplayName),
    language,
    interrupt_mode: "message",
    metadata: { debugger: false, [ownerKey]: true },
  };
}

/** True for a kernel.json that `install` wrote, under whatever name. */
export function isOurs(spec: KernelJson): boolean {
  return spec.metadata?.[ownerKey] === true;
}
