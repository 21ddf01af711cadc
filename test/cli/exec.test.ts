import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../kernelspec/package-root.ts";

const folder = mkdtempSync(join(tmpdir(), "fused-exec-"));

function exec(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = [join(packageRoot, "bin", "fused-kernel.js"), "exec", ...words];
  const env = { ...process.env, FUSED_HISTORY_FILE: join(folder, "history.jsonl") };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test("F065 a shell one-liner makes a UDF, runs it on this machine and prints a table", async () => {
  const { code, stdout } = await exec(
    `await fused.udf((n: int = 2) => [{ n, square: n * n }, { n: n + 1, square: 0 }])({ n: 7 })`,
  );
  assert.equal(code, 0);
  assert.match(stdout, /2 rows × 2 columns[^]*7 +49/);
});

test("what the cell prints comes out as it is; a failing cell exits with 1", async () => {
  assert.deepEqual(await exec("console.log('out'); console.error('err'); 1 + 1"), {
    code: 0,
    stdout: "out\n2\n",
    stderr: "err\n",
  });
  const failed = await exec("throw new Error('no')");
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /Error: no\n +at cell\[1\]:1:7/);
  assert.match((await exec()).stderr, /CODE is missing/);
});
