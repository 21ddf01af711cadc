import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { needsPython } from "../e2e/debian-jupyter.ts";
import { openClient, openTestLab, run, startSession, until } from "./open-lab.ts";

const lab = await openTestLab();
const client = openClient(lab.url);

/** Debian's ipykernel, found where Jupyter would find it. */
describe("a Python kernel in the same lab", needsPython(["ipykernel"], "python3-ipykernel"), () => {
  test("is offered beside ours, which stays the default", async () => {
    const response = await fetch(`${lab.url}/api/kernelspecs`, {
      headers: { Authorization: `token ${client.settings.token}` },
    });
    const specs = (await response.json()) as {
      default: string;
      kernelspecs: Record<string, { spec: { language: string } }>;
    };
    assert.equal(specs.default, "fused-ts");
    assert.equal(specs.kernelspecs.python3!.spec.language, "python");
    assert.equal(Object.keys(specs.kernelspecs)[0], "fused-ts");
  });

  test("runs a notebook: prints, values, errors, files of its folder, input, interrupt, restart, a crash", async () => {
    writeFileSync(join(lab.folder, "numbers.csv"), "1,2,3");
    const session = await startSession(client, "analysis.ipynb", "python3");
    const kernel = session.kernel!;
    assert.equal(((await kernel.info) as { language_info: { name: string } }).language_info.name, "python");
    assert.equal((await run(kernel, "print('hi'); 6 * 7")).result, "42");
    assert.match((await run(kernel, "open('numbers.csv').read()")).result!, /1,2,3/);
    assert.match((await run(kernel, "import os; os.environ['JPY_SESSION_NAME']")).result!, /analysis\.ipynb'$/);
    const failed = await run(kernel, "1 / 0");
    assert.equal(failed.content.status, "error");

    const asking = kernel.requestExecute({ code: "name = input('Who? ')", allow_stdin: true });
    asking.onStdin = () => kernel.sendInputReply({ status: "ok", value: "Ada" }, asking.msg.header as never);
    await asking.done;
    assert.equal((await run(kernel, "name")).result, "'Ada'");

    const endless = kernel.requestExecute({ code: "print('go', flush=True)\nwhile True: pass" });
    await new Promise<void>((go) => (endless.onIOPub = ({ header }) => void (header.msg_type === "stream" && go())));
    await kernel.interrupt();
    assert.equal((await endless.done).content.status, "error");
    assert.equal((await run(kernel, "name")).result, "'Ada'");

    await kernel.restart();
    assert.equal((await run(kernel, "'name' in dir()")).result, "False");

    const seen: string[] = [];
    kernel.statusChanged.connect((_sender, status) => void seen.push(status));
    kernel.requestExecute({ code: "import os; os._exit(1)" }).done.catch(() => undefined);
    await until(() => seen.includes("autorestarting") && kernel.status === "idle");
    assert.equal((await run(kernel, "1 + 1")).result, "2");
    await session.shutdown();
  });

  test("a notebook changes from one kernel to the other", async () => {
    const session = await startSession(client, "both.ipynb", "python3");
    assert.equal((await run(session.kernel!, "'%d' % 1")).result, "'1'");
    await session.changeKernel({ name: "fused-ts" });
    assert.equal((await run(session.kernel!, "const x: number = 1; x + 1")).result, "2");
    await session.shutdown();
  });
});

test("a kernel that does not exist is refused with the names of those that do", async () => {
  await assert.rejects(startSession(client, "x.ipynb", "nope"), /there is no kernel "nope"; there are: fused-ts/);
});
