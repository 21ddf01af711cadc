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

/** Metadata key by which our kernelspecs are known under any name. */
const ownerKey = "fused-kernel";

/** The kernel.json of our kernel, with absolute paths to the Node we run in and to the built kernel. */
export function kernelJson(displayName: string = defaultDisplayName): KernelJson {
  return {
    argv: [...kernelArgv(builtKernel), "{connection_file}"],
    display_name: displayName,
    language,
    interrupt_mode: "message",
    metadata: { debugger: false, [ownerKey]: true },
  };
}

/** True for a kernel.json that `install` wrote, under whatever name. */
export function isOurs(spec: KernelJson): boolean {
  return spec.metadata?.[ownerKey] === true;
}
