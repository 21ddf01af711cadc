import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { KernelMessage } from "@jupyterlab/services";
import type { Kernel } from "@jupyterlab/services";
import type { ExecutionModel } from "../../lab/server/kernels/executions.ts";
import { openClient, openTestLab, startSession, token, until } from "./open-lab.ts";
import { ask } from "./raw-request.ts";

const lab = await openTestLab();
const sign = (name: string) => join(lab.folder, name);

/** A cell that prints, waits until a file is there, prints again and has a value. */
const waiting = (name: string) => `
console.log("begun");
while (!require("node:fs").existsSync(${JSON.stringify(sign(name))})) await new Promise((go) => setTimeout(go, 20));
console.log("over");
6 * 7`;

/** A page that shows a notebook: what it runs names the cell, as JupyterLab's requests do. */
async function openPage(): Promise<{ kernel: Kernel.IKernelConnection; leave(): Promise<void> }> {
  const client = openClient(lab.url);
  const { kernel } = await startSession(client, "reloaded.ipynb");
  await kernel!.info;
  const leave = async () => {
    // What a browser says of a page that is left.
    for (const socket of client.sockets) socket.close(1001);
    await until(() => client.sockets.every(({ readyState }) => readyState === 3));
    client.dispose();
  };
  return { kernel: kernel!, leave };
}

/** A cell whose file says that it has run. */
const created = (name: string) => `require("node:fs").writeFileSync(${JSON.stringify(sign(name))}, "")`;

const headers = { Authorization: `token ${token}` };

async function kernelState(id: string): Promise<string> {
  const { body } = await ask(lab.url, "GET", `/api/kernels/${id}`, headers);
  return (JSON.parse(body) as Kernel.IModel).execution_state!;
}

async function orphans(kernelId: string): Promise<ExecutionModel[]> {
  const { body } = await ask(lab.url, "GET", `/lab/api/kernels/${kernelId}/executions`, headers);
  return JSON.parse(body) as ExecutionModel[];
}

/** What lab/app/plugins/running-cells.ts does: the same request once more. */
function goOn(kernel: Kernel.IKernelConnection, msgId: string) {
  const content = { code: "throw new Error('run a second time')" };
  const { clientId: session } = kernel;
  const future = kernel.sendShellMessage<"execute_request">(
    KernelMessage.createMessage({ channel: "shell", msgType: "execute_request", msgId, session, content }),
    true,
  );
  const types: string[] = [];
  let text = "";
  future.onIOPub = (message) => {
    types.push(message.header.msg_type);
    if (KernelMessage.isClearOutputMsg(message)) text = "";
    if (KernelMessage.isStreamMsg(message)) text += message.content.text;
    if (KernelMessage.isExecuteResultMsg(message)) text += String(message.content.data["text/plain"]);
  };
  return { future, types, text: () => text };
}

describe("a page that is loaded anew", () => {
  test("goes on showing the cell that runs, from its first output to its value, and runs nothing twice", async () => {
    const before = await openPage();
    const future = before.kernel.requestExecute({ code: waiting("first") }, true, { cellId: "cell-1" });
    let printed = "";
    future.onIOPub = (message) => void (KernelMessage.isStreamMsg(message) && (printed += message.content.text));
    await until(() => printed.includes("begun"));
    assert.deepEqual(await orphans(before.kernel.id), [], "its page is there");
    await before.leave();
    await until(async () => (await orphans(before.kernel.id)).length === 1);
    const after = await openPage();
    assert.equal(after.kernel.id, before.kernel.id);
    const [{ msg_id, cell_id } = assert.fail()] = await orphans(after.kernel.id);
    assert.equal(cell_id, "cell-1");
    const shown = goOn(after.kernel, msg_id);
    await until(() => shown.text().includes("begun"));
    writeFileSync(sign("first"), "");
    const reply = (await shown.future.done) as KernelMessage.IExecuteReplyMsg;
    assert.equal(reply.content.status, "ok");
    assert.equal(shown.text(), "begun\nover\n42");
    assert.equal(shown.types[0], "clear_output", "what may have come by itself goes first");
    assert.deepEqual(await orphans(after.kernel.id), []);
    await after.leave();
  });

  test("is given what ended while no page was there, once; a cell that ran again since is left alone", async () => {
    const before = await openPage();
    before.kernel.requestExecute({ code: waiting("second") }, true, { cellId: "cell-2" });
    before.kernel.requestExecute({ code: `"queued"` }, true, { cellId: "cell-3" });
    before.kernel.requestExecute({ code: created("last") }, true, { cellId: "cell-4" });
    await until(async () => (await kernelState(before.kernel.id)) === "busy");
    await before.leave();
    writeFileSync(sign("second"), "");
    await until(async () => existsSync(sign("last")) && (await kernelState(before.kernel.id)) === "idle");
    const after = await openPage();
    const left = await orphans(after.kernel.id);
    assert.deepEqual(
      left.map(({ cell_id }) => cell_id),
      ["cell-2", "cell-3", "cell-4"],
    );
    const shown = left.slice(0, 2).map(({ msg_id }) => goOn(after.kernel, msg_id));
    await Promise.all(shown.map(({ future }) => future.done));
    assert.deepEqual(
      shown.map(({ text }) => text()),
      ["begun\nover\n42", "'queued'"],
    );
    await after.kernel.requestExecute({ code: "1" }, true, { cellId: "cell-4" }).done;
    await after.leave();
    assert.deepEqual(await orphans(after.kernel.id), []);
  });

  test("can answer what the cell asks", async () => {
    const before = await openPage();
    const asking = before.kernel.requestExecute({ code: "prompt('Who?')", allow_stdin: true }, true, {
      cellId: "cell-5",
    });
    await new Promise<void>((asked) => (asking.onStdin = () => asked()));
    await before.leave();
    const after = await openPage();
    const [{ msg_id } = assert.fail()] = await orphans(after.kernel.id);
    const shown = goOn(after.kernel, msg_id);
    shown.future.onStdin = (message) =>
      after.kernel.sendInputReply(
        { status: "ok", value: "Ada" },
        message.header as KernelMessage.IInputRequestMsg["header"],
      );
    await shown.future.done;
    assert.equal(shown.text(), "'Ada'");
    await after.leave();
  });

  test("has nothing to go on with after a restart", async () => {
    const before = await openPage();
    before.kernel.requestExecute({ code: waiting("never") }, true, { cellId: "cell-6" }).done.catch(() => undefined);
    await until(async () => (await kernelState(before.kernel.id)) === "busy");
    await before.leave();
    const after = await openPage();
    assert.equal((await orphans(after.kernel.id)).length, 1);
    await after.kernel.restart();
    assert.deepEqual(await orphans(after.kernel.id), []);
    await after.leave();
  });
});
