import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import type { KernelMessage } from "@jupyterlab/services";
import { deserialize } from "@jupyterlab/services/lib/kernel/serialize.js";
import { memoryOf, startLab, stopLab } from "./lab-process.ts";
import { token, until } from "./open-lab.ts";
import { ask } from "./raw-request.ts";

const lab = await startLab(["--port", "0"]);
const MB = 1e6;

/** A page that can stop to read. */
async function openPage(
  kernel: string,
): Promise<{ socket: WebSocket; got: KernelMessage.IMessage[]; run(id: string, code: string): void }> {
  const address = `${lab.url.replace("http", "ws")}/api/kernels/${kernel}/channels?session_id=page&token=${token}`;
  const socket = new WebSocket(address);
  const got: KernelMessage.IMessage[] = [];
  socket.binaryType = "arraybuffer";
  socket.on("message", (data: ArrayBuffer | Buffer, isBinary) =>
    got.push(deserialize((isBinary ? data : Buffer.from(data as Buffer).toString()) as never, "")),
  );
  await new Promise((go) => socket.once("open", go));
  return {
    socket,
    got,
    run(id, code) {
      const header = {
        msg_id: id,
        msg_type: "execute_request",
        session: "page",
        username: "",
        date: "",
        version: "5.4",
      };
      const content = { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
      socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content, buffers: [] }));
    },
  };
}

describe("an output flood, while the page does not read", () => {
  test("does not grow the server's memory without bound, and the page is told what it missed", async () => {
    const { json } = await ask(lab.url, "POST", "/api/kernels", { Authorization: `token ${token}` }, "{}");
    const page = await openPage(json.id as string);
    const of = (id: string, type: string) =>
      page.got.filter(
        ({ header, parent_header }) => header.msg_type === type && (parent_header as { msg_id?: string }).msg_id === id,
      );
    page.run("warm", "1");
    await until(() => of("warm", "execute_reply").length > 0);
    const before = memoryOf(lab.child.pid!);
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, memoryOf(lab.child.pid!))), 50);

    page.socket.pause();
    page.run("flood", 'for (let i = 0; i < 300_000; i++) console.log(i + "x".repeat(990)); "end"');
    // What the kernel is asked by another client is answered all the while.
    const other = await ask(lab.url, "GET", `/api/kernels/${json.id as string}`, { Authorization: `token ${token}` });
    assert.equal(other.status, 200);
    await until(async () => {
      const model = await ask(lab.url, "GET", `/api/kernels/${json.id as string}`, { Authorization: `token ${token}` });
      return model.json.execution_state === "idle";
    });
    clearInterval(watch);
    assert.ok(most - before < 250 * MB, `grew by ${Math.round((most - before) / MB)} MB for 300 MB of output`);

    page.socket.resume();
    await until(() => of("flood", "execute_reply").length > 0 && of("flood", "status").length === 2);
    const text = of("flood", "stream")
      .map(({ content }) => (content as { text: string }).text)
      .join("");
    assert.match(text, /\[lab: left out here [\d,]+ lines \([\d.]+ MB\)/);
    assert.match(text, /^0x+\n1x+\n/);
    assert.match(text, /\n299999x+\n$/);
    assert.equal(of("flood", "execute_result").length, 1);
    page.socket.terminate();
    await stopLab(lab);
  });
});
