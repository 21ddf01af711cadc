import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, globSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { builtKernel, kernelArgv } from "../kernelspec/argv.ts";
import { listKernelspecs } from "../kernelspec/find.ts";
import { userDataDir } from "../kernelspec/jupyter-paths.ts";
import { isOurs } from "../kernelspec/kernel-json.ts";
import { packageRoot } from "../kernelspec/package-root.ts";
import { KernelClient } from "./kernel-client.ts";
import { ownLaunch } from "../kernelspec/kernel-process.ts";

export interface Check {
  name: string;
  /** The product works without it. */
  optional?: boolean;
  check(): Promise<Finding>;
}

export interface Finding {
  ok: boolean;
  found: string;
  /** What to do where it is not all right. */
  next?: string;
}

const run = promisify(execFile);

/** Packages with native code, and what to evaluate to see that they work. */
const native: Record<string, string> = {
  zeromq: `import { Dealer } from "zeromq"; new Dealer().close()`,
  "isolated-vm": `import ivm from "isolated-vm"; new ivm.Isolate().dispose()`,
  "@napi-rs/canvas": `import { createCanvas } from "@napi-rs/canvas"; createCanvas(2, 2).getContext("2d")`,
  "oxc-parser": `import { parseSync } from "oxc-parser"; parseSync("a.ts", "let a: number")`,
  "oxc-transform": `import { transformSync } from "oxc-transform"; transformSync("a.ts", "let a: number")`,
};

export const checks: Check[] = [
  { name: "Node", check: checkNode },
  ...Object.entries(native).map(([name, code]) => ({ name, check: () => checkNative(name, code) })),
  { name: "built files", check: checkBuild },
  { name: "temporary folder", check: () => checkWritable(tmpdir()) },
  { name: "kernel", check: () => checkKernel([], "1 + 1", "2") },
  { name: "sandboxed kernel", check: () => checkKernel(["--sandbox"], "typeof process", "'undefined'") },
  { name: "kernelspec", optional: true, check: checkKernelspec },
  { name: "Jupyter data folder", optional: true, check: () => checkWritable(userDataDir()) },
  { name: "nbclient", optional: true, check: () => checkPython("nbclient", "python3-nbclient") },
  { name: "jupyter", optional: true, check: () => checkProgram("jupyter", onlyOwnJupyter("jupyter")) },
  { name: "jupyter-lab", optional: true, check: () => checkProgram("jupyter-lab", onlyOwnJupyter("jupyterlab")) },
  {
    name: "chromium",
    optional: true,
    check: () => checkProgram("chromium", "only our browser tests need it: apt install chromium"),
  },
];

function onlyOwnJupyter(python: string): string {
  return `only for a Jupyter of your own, fused-kernel lab needs none: pip install ${python}`;
}

async function checkNode(): Promise<Finding> {
  const pinned =
    process.execPath.startsWith(join(packageRoot, "node_modules")) || /node_modules.node./.test(process.execPath);
  const recent = Number(process.versions.node.split(".")[0]) >= 24;
  return {
    ok: recent,
    found: `${process.version}, ${pinned ? "the pinned one" : "not the pinned one"} (${process.execPath})`,
    next: "npm install, then start it as: npx fused-kernel doctor",
  };
}

async function checkNative(name: string, code: string): Promise<Finding> {
  const args = ["--no-node-snapshot", "--input-type=module", "--eval", code];
  try {
    await run(process.execPath, args, { cwd: packageRoot, timeout: 20_000 });
    return { ok: true, found: "loads" };
  } catch (error) {
    const { stderr = "", signal } = error as { stderr?: string; signal?: string };
    const reason = /^\w*Error\b.*$/m.exec(stderr)?.[0] ?? signal ?? stderr.trim().split("\n").at(-1) ?? "";
    return { ok: false, found: `does not load: ${reason}`, next: `npm rebuild ${name} (or: npm install)` };
  }
}

async function checkBuild(): Promise<Finding> {
  const files = [builtKernel, join(packageRoot, "dist", "cli.js"), join(packageRoot, "dist", "fused.js")];
  const gone = files.filter((file) => !existsSync(file)).map((file) => relative(packageRoot, file));
  if (gone.length > 0) return { ok: false, found: `${gone.join(", ")} missing`, next: "npm run build" };
  const built = Math.min(...files.map((file) => statSync(file).mtimeMs));
  const newer = globSync("{cli,engine,fused,kernel,kernelspec,magics,widgets}/**/*.ts", { cwd: packageRoot }).find(
    (file) => statSync(join(packageRoot, file)).mtimeMs > built,
  );
  return newer === undefined
    ? { ok: true, found: `of ${new Date(built).toLocaleString("sv")}` }
    : { ok: false, found: `older than the sources (${newer})`, next: "npm run build" };
}

/** Starts a kernel with these flags and runs a cell, whose value is to be as given. */
async function checkKernel(flags: string[], code: string, expected: string): Promise<Finding> {
  const program = kernelArgv().at(-1)!;
  if (!existsSync(program)) return { ok: false, found: `${program} missing`, next: "npm run build" };
  const started = performance.now();
  const kernel = await KernelClient.start(ownLaunch(tmpdir(), {}, flags));
  try {
    let result: unknown;
    const ready = performance.now();
    kernel.onOutput = ({ header, content }) => {
      if (header.msg_type === "execute_result") result = (content.data as Record<string, unknown>)["text/plain"];
    };
    await kernel.execute(code, { timeoutMs: 20_000 });
    const times = `started in ${(ready - started).toFixed(0)} ms, ${code} in ${(performance.now() - ready).toFixed(0)} ms`;
    return String(result) === expected
      ? { ok: true, found: times }
      : { ok: false, found: `${code} gave ${String(result)}`, next: "npm run build, then npm test" };
  } finally {
    await kernel.shutdown();
  }
}

async function checkKernelspec(): Promise<Finding> {
  const ours = listKernelspecs().filter(({ spec }) => isOurs(spec));
  if (ours.length === 0) return { ok: false, found: "not installed", next: "npx fused-kernel install" };
  const lines = ours.map(({ name, folder, spec }) => {
    const gone = spec.argv.filter((part) => part.includes("/") && !part.startsWith("-") && !existsSync(part));
    const elsewhere = spec.argv.includes(builtKernel) ? "" : ", another copy of the package";
    return { gone, text: `${name} in ${folder}${gone.length > 0 ? `: ${gone.join(", ")} is gone` : elsewhere}` };
  });
  const ok = lines.every(({ gone }) => gone.length === 0);
  return { ok, found: lines.map(({ text }) => text).join("\n"), next: "npx fused-kernel install (writes it anew)" };
}

async function checkWritable(folder: string): Promise<Finding> {
  // A folder that is not there yet is made in the nearest one that is.
  let nearest = folder;
  while (!existsSync(nearest)) nearest = join(nearest, "..");
  try {
    accessSync(nearest, constants.W_OK);
    return { ok: true, found: `${folder} can be written` };
  } catch {
    return { ok: false, found: `${nearest} cannot be written`, next: "give this user the right to write there" };
  }
}

async function checkPython(module: string, debian: string): Promise<Finding> {
  const code = `import ${module}; print(${module}.__version__)`;
  for (const python of ["python3", "/usr/bin/python3", "python"]) {
    try {
      const { stdout } = await run(python, ["-c", code], { timeout: 20_000 });
      return { ok: true, found: `${stdout.trim()} (${python})` };
    } catch {
      continue;
    }
  }
  return {
    ok: false,
    found: "not found",
    next: `only for use with Jupyter: pip install ${module}, or apt install ${debian}`,
  };
}

async function checkProgram(program: string, next: string): Promise<Finding> {
  try {
    const { stdout } = await run(program, ["--version"], { timeout: 20_000 });
    const lines = stdout.trim().split("\n");
    return {
      ok: true,
      found: (lines.find((line) => line.startsWith("jupyter_core")) ?? lines[0]!).replace(/\s+/g, " "),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ok: false, found: code === "ENOENT" ? "not found" : message.split("\n")[0]!, next };
  }
}
