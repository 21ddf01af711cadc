import { fileURLToPath } from "node:url";
import { displayFolder } from "./display-folder.ts";

/** How the process of a session is started. */
export interface SessionLaunch {
  entry: string;
  /** Node's own flags. */
  flags: string[];
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Default: the kernel's folder. */
  cwd?: string;
  /** Called when the process has ended. */
  close?(): void;
}

/** The session of a notebook that its user trusts: all of Node, in the notebook's folder. */
export function launchTrusted(): SessionLaunch {
  const entry = import.meta.url.endsWith(".ts") ? "./session/main.ts" : "./session.js";
  return {
    entry: fileURLToPath(new URL(entry, import.meta.url)),
    flags: [
      // Of main thread and agent each: V8 would let what is young grow to 128 MB before it looks for garbage.
      "--max-semi-space-size=8",
      "--experimental-import-meta-resolve",
      "--no-force-async-hooks-checks",
      "--disable-warning=ExperimentalWarning",
      "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
    ],
    args: [],
    env: { ...process.env, FUSED_DISPLAY_DIRECTORY: displayFolder() },
  };
}
