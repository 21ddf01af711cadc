import { basename } from "node:path";

/** Who started this kernel, as far as it tells where its displays will stand. */
export interface Launcher {
  /** The kernel's name at a Jupyter server, with which pages of that server can reach it; undefined elsewhere. */
  kernelId?: string;
  /** The page draws anywidget's models, and can be reached in no other way. */
  hasOnlyWidgets: boolean;
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/**
 * Jupyter's servers name a connection file after the kernel (jupyter_client, multikernelmanager.py). VS Code and Colab
 * show outputs in frames of their own, which have ipywidgets and no server.
 */
export function launcherOf(connectionFile: string, env: NodeJS.ProcessEnv = process.env): Launcher {
  const hasOnlyWidgets = ["VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG"].some((name) => env[name] !== undefined);
  const [, kernelId] = new RegExp(`^kernel-(${uuid})\\.json$`).exec(basename(connectionFile)) ?? [];
  return { hasOnlyWidgets, ...(kernelId !== undefined && !hasOnlyWidgets && { kernelId }) };
}
