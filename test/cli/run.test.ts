import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Output } from "../../cli/notebook-format.ts";
import { readNotebook } from "../../cli/notebook.ts";
import { findKernelspec } from "../../kernelspec/find.ts";
import { findPython, fusedKernel, temporaryFolder, writeTestNotebook } from "./command-line.ts";
import { waitFor } from "../wait-for.ts";

const folder = temporaryFolder();
const out = join(folder, "out.ipynb");
const sample = (cells: Parameters<typeof writeTestNotebook>[1], metadata = {}) =>
  writeTestNotebook(join(folder, "sample.ipynb"), cells, metadata);
const code = (source: string, ...tags: string[]) => ({ cell_type: "code" as const, source, metadata: { tags } });
const outputsOf = (path: string) =>
  readNotebook(path).cells.map((cell) => (cell.cell_type === "code" ? cell.outputs : []));

const field = (output: Output | undefined, name: string) => (output as Record<string, unknown> | undefined)?.[name];

test("a notebook runs cell by cell, with progress; the result is written and the original left as it was", async () => {
  const path = sample([{ cell_type: "markdown", source: "# T" }, "// note\nconst x = 20;\nconsole.log('hi')", "x + 1"]);
  const before = readFileSync(path, "utf8");
  const html = join(folder, "out.html");
  const { code, stdout, stderr } = await fusedKernel(["run", path, "-o", out, "--html", html]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\[1\/2\] ✓ +\d+\.\d\d s  const x = 20;\n\[2\/2\] ✓ +\d+\.\d\d s  x \+ 1\ndone after /);
  assert.match(stdout, /→ .*out\.ipynb\n +→ .*out\.html/);
  assert.equal(readFileSync(path, "utf8"), before);
  assert.match(readFileSync(html, "utf8"), /<pre>21<\/pre>/);

  const notebook = readNotebook(out);
  assert.equal(notebook.metadata.kernelspec?.name, "fused-ts");
  assert.equal(notebook.metadata.language_info?.name, "typescript");
  const last = notebook.cells.at(-1)!;
  assert.equal(last.cell_type === "code" && last.execution_count, 2);
  assert.deepEqual(Object.keys(last.metadata.execution ?? {}).sort(), [
    "iopub.execute_input",
    "iopub.status.busy",
    "iopub.status.idle",
    "shell.execute_reply",
  ]);
});

const { python, skip } = findPython("nbformat");
test("what run writes is valid nbformat 4.5, also after a failure", { skip }, async () => {
  await fusedKernel(["run", sample(["console.log(1); 2", "throw new Error('x')", "3"]), "-o", out]);
  const check = "import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT))";
  assert.equal(spawnSync(python!, ["-c", check, out], { encoding: "utf8" }).stderr, "");
});

test("the first failing cell ends the run with exit code 1 and its traceback", async () => {
  const { code, stdout, stderr } = await fusedKernel(["run", sample(["1", "const a = 1;\nnope.x", "3"]), "-o", out]);
  assert.equal(code, 1);
  assert.match(stdout, /\[2\/3\] ✗/);
  assert.match(stderr, /ReferenceError: nope is not defined[^]*2:1[^]*cell 2 of 3 failed/);
  const [first, second, third] = outputsOf(out);
  assert.deepEqual([first?.length, second?.[0]?.output_type, third], [1, "error", []]);
});

test("--allow-errors and the tag raises-exception go on after an error; skip-execution passes a cell over", async () => {
  const tagged = sample([
    code("throw new Error('x')", "raises-exception"),
    code("process.exit()", "skip-execution"),
    "3",
  ]);
  assert.equal((await fusedKernel(["run", tagged, "-o", out])).code, 0);
  assert.deepEqual(
    outputsOf(out).map((outputs) => outputs.length),
    [1, 0, 1],
  );
  const allowed = await fusedKernel(["run", sample(["throw new Error('x')", "3"]), "--allow-errors"]);
  assert.equal(allowed.code, 0);
  assert.match(allowed.stdout, /\[1\/2\] ! .*\(failed, as allowed\)\n\[2\/2\] ✓/);
});

test("-p fills the cell tagged parameters", async () => {
  const path = sample([
    code("const year: number = 2020;\nconst place = 'here';", "parameters"),
    "console.log(year + 1, place)",
  ]);
  const { code: exit, stderr } = await fusedKernel([
    "run",
    path,
    "-o",
    out,
    "-p",
    "year=2024",
    "-r",
    "place=7",
    "-p",
    "yaer=1",
  ]);
  assert.equal(exit, 0, stderr);
  assert.match(stderr, /parameter "yaer" is not declared/);
  assert.equal(field(outputsOf(out)[2]?.[0], "text"), "2025 7\n");
});

test("cells run in the notebook's folder", async () => {
  await fusedKernel(["run", sample(["console.log(process.cwd())"]), "-o", out], { cwd: "/" });
  assert.equal(field(outputsOf(out)[0]?.[0], "text"), `${folder}\n`);
});

test("--timeout interrupts a cell that takes longer, and fails the run", async () => {
  const { code, stderr } = await fusedKernel(["run", sample(["while (true) {}", "2"]), "--timeout", "0.5", "-o", out]);
  assert.equal(code, 1);
  assert.match(stderr, /CellTimeoutError: the cell ran longer than its timeout of 0.5 s and was interrupted/);
});

test("Ctrl-C ends the run: what there is is written, and no process or file stays behind", async () => {
  const mark = join(folder, "pid");
  const path = sample([
    "1",
    `await import("node:fs").then((fs) => fs.writeFileSync(${JSON.stringify(mark)}, String(process.ppid)));\nwhile (true) {}`,
  ]);
  const { code, stderr } = await fusedKernel(["run", path, "-o", out], {
    onStart: (pid) =>
      void (async () => {
        await waitFor("the second cell", () => existsSync(mark));
        process.kill(pid, "SIGINT");
      })(),
  });
  assert.equal(code, 130);
  assert.match(stderr, /stopped by SIGINT/);
  assert.equal(field(outputsOf(out)[1]?.[0], "ename"), "Interrupted");
  const isGone = () => {
    try {
      return !process.kill(Number(readFileSync(mark, "utf8")), 0);
    } catch {
      return true;
    }
  };
  await waitFor("the end of the kernel", isGone);
});

test("a broken notebook, a folder, and one for another language are refused with what to do", async () => {
  const broken = join(folder, "broken.ipynb");
  writeFileSync(broken, '{"cells": [');
  const results = await Promise.all([
    fusedKernel(["run", broken]),
    fusedKernel(["run", join(folder, "none.ipynb")]),
    fusedKernel(["run", folder]),
    fusedKernel(["run", sample(["1"], { kernelspec: { name: "python3", language: "python", display_name: "P" } })]),
  ]);
  assert.deepEqual(
    results.map(({ code }) => code),
    [1, 1, 1, 1],
  );
  const [json, missing, directory, language] = results.map(({ stderr }) => stderr);
  assert.match(json!, /not valid JSON: line 1, column 12: unexpected the end of the file/);
  assert.match(missing!, /there is no such file/);
  assert.match(directory!, /it is a folder/);
  assert.match(language!, /written for the kernel "python3".*\n.*--kernel python3/);
});

test("a file that cannot be written is refused before the notebook runs, and no folder is made for it", async () => {
  const path = join(folder, "side-effect.ipynb");
  const cell = { cell_type: "code", id: "a", metadata: {}, source: "1", outputs: [], execution_count: null };
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }));
  const gone = join(folder, "nope");
  for (const [flag, target, message] of [
    ["--html", join(gone, "x.html"), /there is no folder .*nope; make it first/],
    ["-o", join(gone, "x.ipynb"), /there is no folder .*nope/],
    ["-o", join(path, "x.ipynb"), /side-effect\.ipynb is a file, not a folder/],
  ] as const) {
    const { code, stderr, stdout } = await fusedKernel(["run", path, flag, target]);
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.equal(stdout, "", "nothing has run");
  }
  assert.equal(existsSync(gone), false);
});

test("a connection file that is missing or is none is refused with where such files come from", async () => {
  const [missing, wrong] = await Promise.all([
    fusedKernel(["kernel", "nosuch.json"]),
    fusedKernel(["kernel", "package.json"]),
  ]);
  assert.deepEqual([missing.code, wrong.code], [1, 1]);
  assert.match(
    missing.stderr,
    /connection file .*nosuch\.json: there is no such file\.\nA Jupyter client writes this file/,
  );
  assert.match(wrong.stderr, /is not one: it has no transport, ip, key, shell_port/);
});

test("a mistyped command or option names the nearest; exit code 2", async () => {
  const results = await Promise.all([
    fusedKernel(["rnu"]),
    fusedKernel(["run", "x.ipynb", "--timout", "3"]),
    fusedKernel(["run", "x.ipynb", "--timeout", "soon"]),
    fusedKernel(["run"]),
    fusedKernel(["run", "x.ipynb", "-p", "year"]),
    fusedKernel([]),
  ]);
  assert.deepEqual(
    results.map(({ code }) => code),
    [2, 2, 2, 2, 2, 2],
  );
  const expected = [
    /Did you mean: fused-kernel run/,
    /did you mean --timeout\?/,
    /a number of seconds/,
    /NOTEBOOK.ipynb is missing/,
    /name=value/,
    /Usage/,
  ];
  expected.forEach((pattern, i) => assert.match(results[i]!.stderr, pattern));
  const help = await fusedKernel(["help", "run"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--allow-errors/);
});

const otherKernel = findKernelspec("python3") ? false : "needs the kernelspec python3 (apt install python3-ipykernel)";
test("--kernel runs another kernelspec's notebooks", { skip: otherKernel }, async () => {
  const path = sample([code("a = 1", "parameters"), "print(a * 2)"]);
  const { code: exit, stderr } = await fusedKernel(["run", path, "--kernel", "python3", "-p", "a=21", "-o", out]);
  assert.equal(exit, 0, stderr);
  assert.equal(field(outputsOf(out)[2]?.[0], "text"), "42\n");
  const unknown = await fusedKernel(["run", path, "--kernel", "pyhton3"]);
  assert.match(unknown.stderr, /no such kernelspec. Did you mean python3\?/);
});
