import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../kernelspec/package-root.ts";

export const python = "/usr/bin/python3";

/** `{}` where Debian's Python has these modules, else the reason to skip. */
export function needsPython(modules: string[], packages: string): { skip?: string } {
  try {
    execFileSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" });
    return {};
  } catch {
    return { skip: `needs ${packages} (apt install ${packages})` };
  }
}

/** Installs the kernelspec into a folder of its own, as a user would, and gives the environment in which Jupyter finds it. */
export function installForJupyter(): NodeJS.ProcessEnv {
  const prefix = mkdtempSync(join(tmpdir(), "fused-jupyter-"));
  execFileSync(process.execPath, [join(packageRoot, "bin", "fused-kernel.js"), "install", "--prefix", prefix], {
    stdio: "ignore",
  });
  return {
    ...process.env,
    JUPYTER_PATH: join(prefix, "share", "jupyter"),
    JUPYTER_RUNTIME_DIR: join(prefix, "runtime"),
    JUPYTER_CONFIG_DIR: join(prefix, "config"),
    JUPYTER_CONFIG_PATH: join(prefix, "etc", "jupyter"),
    IPYTHONDIR: join(prefix, "ipython"),
  };
}
