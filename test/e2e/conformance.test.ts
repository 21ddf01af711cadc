import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { installForJupyter, needsPython, python } from "./debian-jupyter.ts";

const run = promisify(execFile);

test(
  "every test of jupyter_kernel_test passes, none skipped",
  needsPython(["jupyter_kernel_test"], "python3-jupyter-kernel-test"),
  async () => {
    const script = join(packageRoot, "test", "e2e", "kernel_conformance.py");
    const { stdout } = await run(python, [script, "-v"], { env: installForJupyter() }).catch((error) => error);
    assert.match(stdout, /^OK$/m, stdout);
  },
);
