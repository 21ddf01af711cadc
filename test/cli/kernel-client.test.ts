import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { CellOutputs } from "../../cli/cell-outputs.ts";
import { KernelClient } from "../../cli/kernel-client.ts";
import { kernelspecLaunch, type KernelLaunch } from "../../kernelspec/kernel-process.ts";
import type { CodeCell, Output } from "../../cli/notebook-format.ts";
import { findKernelspec } from "../../kernelspec/find.ts";

/** Against ipykernel, the kernel that Jupyter's protocol is described by. */
const spec = findKernelspec("python3");
const skip = spec ? false : "needs the kernelspec python3 (apt install python3-ipykernel)";
const launch = (): KernelLaunch => kernelspecLaunch(spec!, tmpdir());
/** A launch that tells where the connection file is: ipykernel ignores an argument that it does not know. */
const connectionFileOf = (pid: number) => {
  const args = process.getBuiltinModule("node:fs").readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return args.find((each) => each.endsWith("kernel.json"))!;
};

let kernel: KernelClient;
const outputs = new CellOutputs();

before(async () => {
  if (skip) return;
  kernel = await KernelClient.start(launch());
  kernel.onOutput = (message) => outputs.take(message);
});
after(() => kernel?.kill());

async function run(code: string, timeoutMs = 20_000): Promise<Output[]> {
  const cell: CodeCell = { id: "a", cell_type: "code", metadata: {}, source: code, outputs: [], execution_count: null };
  const id = randomUUID();
  outputs.watch(id, cell);
  await kernel.execute(code, { id, timeoutMs });
  cells.push(cell);
  return cell.outputs;
}
const cells: CodeCell[] = [];

test("the client knows the kernel's language, and its connection file is private", { skip }, () => {
  assert.equal((kernel.info.language_info as { name: string }).name, "python");
  assert.equal(statSync(connectionFileOf(kernel.process.pid)).mode & 0o777, 0o600);
});

test("outputs come in order: streams merged, results, displays and errors", { skip }, async () => {
  const found = await run("import sys\nfor i in range(3): print(i, flush=True)\nprint('e', file=sys.stderr)\n1 + 1");
  assert.deepEqual(found.slice(0, 2), [
    { output_type: "stream", name: "stdout", text: "0\n1\n2\n" },
    { output_type: "stream", name: "stderr", text: "e\n" },
  ]);
  assert.deepEqual((found[2] as { data: unknown }).data, { "text/plain": "2" });
  const [error] = await run("1 / 0");
  assert.equal(error?.output_type === "error" && error.ename, "ZeroDivisionError");
  assert.ok(cells.at(-1)!.metadata.execution?.["iopub.status.idle"]);
  assert.ok(cells.at(-1)!.execution_count! > cells.at(-2)!.execution_count!);
});

test("20,000 printed lines arrive whole", { skip }, async () => {
  const [all] = await run("for i in range(20_000): print(i)");
  assert.equal(all?.output_type === "stream" && all.text.split("\n").length, 20_001);
});

test("an update reaches every display of its id, also in earlier cells", { skip }, async () => {
  const first = await run("h = display('one', display_id='d'); print('x')");
  const second = await run("display('two', display_id='d'); h.update('three')");
  const shown = [...first, ...second].map((output) =>
    output.output_type === "display_data" ? output.data["text/plain"] : "-",
  );
  assert.deepEqual(shown, ["'three'", "-", "'three'"]);
});

test("clear_output empties the cell: at once, or when the next output comes", { skip }, async () => {
  const clear = "from IPython.display import clear_output\nprint('a')\n";
  assert.deepEqual(await run(`${clear}clear_output()`), []);
  assert.deepEqual(await run(`${clear}clear_output(wait=True)`), [
    { output_type: "stream", name: "stdout", text: "a\n" },
  ]);
  assert.deepEqual(await run(`${clear}clear_output(wait=True); print('b')`), [
    { output_type: "stream", name: "stdout", text: "b\n" },
  ]);
});

test("input is refused, not waited for", { skip }, async () => {
  const [error] = await run("input('name?')");
  assert.equal(error?.output_type === "error" && error.ename, "StdinNotImplementedError");
});

test("a cell over its time is interrupted, and the kernel goes on with its variables", { skip }, async () => {
  await run("x = 5");
  await assert.rejects(run("import time; time.sleep(60)", 300), { name: "CellTimeoutError", kernelAnswers: true });
  assert.deepEqual(((await run("x"))[0] as { data: unknown }).data, { "text/plain": "5" });
});

test("a shut down kernel leaves neither process nor file", { skip }, async () => {
  const other = await KernelClient.start(launch());
  const file = connectionFileOf(other.process.pid);
  assert.ok(existsSync(file));
  await other.shutdown();
  assert.equal(other.process.alive(), false);
  assert.equal(existsSync(file), false);
});

test("the death of the kernel is noticed at once, with how it died", { skip }, async () => {
  const other = await KernelClient.start(launch());
  await assert.rejects(
    other.execute("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    /the kernel died: killed by SIGKILL/,
  );
  await other.shutdown();
});

test("a kernel that does not start says why", async () => {
  const broken = { name: "broken", env: {}, interruptMode: "message", cwd: tmpdir() } as const;
  const script = "console.error('no such option'); process.exit(3)";
  await assert.rejects(
    KernelClient.start({ ...broken, argv: [process.execPath, "-e", script] }),
    /the kernel died: exit code 3; it last wrote:\nno such option/,
  );
  await assert.rejects(
    KernelClient.start({ ...broken, argv: ["no-such-program"] }),
    /cannot start the kernel "broken"/,
  );
});
