import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, before } from "node:test";
import type { Kernel, KernelMessage, Session } from "@jupyterlab/services";
import { WebSocket } from "ws";
import { openClient, openTestLab, run, startSession, token, until } from "./open-lab.ts";
import type { Client } from "./open-lab.ts";
import { waitFor } from "../wait-for.ts";

/** JupyterLab's own client over the lab's server, with both of the ways in which messages stand in a WebSocket. */
for (const [protocol, name] of [
  [true, "v1.kernel.websocket.jupyter.org"],
  [false, "the protocol without a name"],
] as const) {
  const lab = await openTestLab();
  const client = openClient(lab.url, protocol);

  describe(`a kernel through @jupyterlab/services, by ${name}`, () => {
    let session: Session.ISessionConnection;
    let kernel: Kernel.IKernelConnection;

    before(async () => {
      session = await startSession(client, "work.ipynb");
      kernel = session.kernel!;
    });

    test("says what it is", async () => {
      const info = await kernel.info;
      assert.equal((info as KernelMessage.IInfoReply).implementation, "fused-kernel");
      assert.equal(kernel.connectionStatus, "connected");
      assert.equal(client.sockets.at(-1)!.protocol, protocol ? name : "");
    });

    test("its kernelspec has a name, a language and logos", async () => {
      const spec = await kernel.spec;
      assert.equal(spec?.display_name, "TypeScript (Fused)");
      const response = await fetch(lab.url + spec!.resources["logo-svg"], { headers: authorization(client) });
      assert.match(response.headers.get("content-type")!, /^image\/svg\+xml/);
    });

    test("executes", async () => {
      const { content, result } = await run(kernel, "6 * 7");
      assert.equal(content.status, "ok");
      assert.equal(result, "42");
    });

    test("prints to stdout and to stderr", async () => {
      const { stdout, stderr } = await run(kernel, 'console.log("out"); console.error("err")');
      assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
    });

    test("gives an error with its name, value and traceback", async () => {
      const { content, outputs } = await run(kernel, 'throw new TypeError("no")');
      assert.equal(content.status, "error");
      const error = outputs.find(({ type }) => type === "error")!.content;
      assert.deepEqual([error.ename, error.evalue], ["TypeError", "no"]);
      assert.match((error.traceback as string[]).join("\n"), /no/);
    });

    test("all outputs come before idle, in order, 20,000 lines of them", async () => {
      const { stdout } = await run(kernel, "for (let i = 0; i < 20000; i++) console.log(i)");
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.length, 20_000);
      assert.ok(lines.every((line, i) => Number(line) === i));
    });

    test("completes, inspects, tells complete code, remembers", async () => {
      await run(kernel, "const places = { Reykjavik: 64.15 }");
      const completed = (await kernel.requestComplete({ code: "places.Rey", cursor_pos: 10 })).content;
      assert.ok(completed.status === "ok");
      assert.deepEqual(completed.matches, ["Reykjavik"]);
      const inspected = (await kernel.requestInspect({ code: "places", cursor_pos: 3, detail_level: 0 })).content;
      assert.ok(inspected.status === "ok" && inspected.found);
      assert.equal((await kernel.requestIsComplete({ code: "for (;;) {" })).content.status, "incomplete");
      const history = (await kernel.requestHistory({ hist_access_type: "tail", n: 1, output: false, raw: true }))
        .content;
      assert.ok(history.status === "ok");
      assert.equal(history.history.at(-1)?.[2], "const places = { Reykjavik: 64.15 }");
    });

    test("answers kernel_info again, and comm_info", async () => {
      assert.equal((await kernel.requestKernelInfo())!.content.status, "ok");
      assert.equal((await kernel.requestCommInfo({})).content.status, "ok");
    });

    test("asks for input and takes the answer", async () => {
      const future = kernel.requestExecute({ code: 'prompt("Who?") + "!"', allow_stdin: true });
      let value: string | undefined;
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "execute_result")
          value = (content as { data: Record<string, string> }).data["text/plain"];
      };
      future.onStdin = () => kernel.sendInputReply({ status: "ok", value: "Ada" }, future.msg.header as never);
      await future.done;
      assert.equal(value, "'Ada!'");
    });

    test("opens a comm with buffers, and gets buffers back", async () => {
      const opened = Promise.withResolvers<{ comm: Kernel.IComm; message: KernelMessage.ICommOpenMsg }>();
      kernel.registerCommTarget("from.kernel", (comm, message) => opened.resolve({ comm, message }));
      await run(
        kernel,
        `const line = jupyter.openComm("from.kernel", { hello: 1 }, { buffers: [new Uint8Array([1, 2, 3]), new Uint8Array(0)] });
         line.onMessage(({ buffers }) => line.send({}, { buffers: buffers.map((each) => each.toReversed()) }));`,
      );
      const { comm, message } = await opened.promise;
      assert.deepEqual(message.content.data, { hello: 1 });
      assert.deepEqual(bytes(message), [[1, 2, 3], []]);
      const answer = Promise.withResolvers<KernelMessage.ICommMsgMsg>();
      comm.onMsg = answer.resolve;
      comm.send({}, {}, [new Uint8Array([9, 8]).buffer, new Uint8Array([7]).buffer]);
      assert.deepEqual(bytes(await answer.promise), [[8, 9], [7]]);
      comm.dispose();
    });

    test("takes a comm that the page opens, and closes one that nobody takes", async () => {
      await run(kernel, 'jupyter.onComm("to.kernel", (comm, { data }) => comm.send({ twice: data.n * 2 }))');
      const comm = kernel.createComm("to.kernel");
      const answer = Promise.withResolvers<KernelMessage.ICommMsgMsg>();
      comm.onMsg = answer.resolve;
      comm.open({ n: 21 });
      assert.deepEqual((await answer.promise).content.data, { twice: 42 });
      const nobody = kernel.createComm("nobody.there");
      const closed = new Promise((resolve) => (nobody.onClose = resolve));
      nobody.open({});
      await closed;
    });

    test("a comm carries 50 MB", async () => {
      const opened = Promise.withResolvers<KernelMessage.ICommOpenMsg>();
      kernel.registerCommTarget("large", (_comm, message) => opened.resolve(message));
      await run(kernel, 'jupyter.openComm("large", {}, { buffers: [new Uint8Array(50e6).fill(7)] }); undefined');
      const buffer = (await opened.promise).buffers![0]! as DataView;
      assert.equal(buffer.byteLength, 50e6);
      assert.equal(new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0)[49_999_999], 7);
    });

    test("a display of 50 MB and 3 MB of text come whole; of 50 MB of text its two ends, and how much is missing", async () => {
      const { outputs } = await run(
        kernel,
        'display({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "x".repeat(50e6) }) })',
      );
      const shown = outputs.find(({ type }) => type === "display_data")!.content.data as Record<string, string>;
      assert.equal(shown["text/plain"]!.length, 50e6);
      assert.equal((await run(kernel, 'console.log("x".repeat(3e6))')).stdout.length, 3e6 + 1);
      const { stdout, stderr } = await run(kernel, 'for (let i = 0; i < 50; i++) console.log(i + "x".repeat(1e6))');
      assert.ok(stdout.startsWith("0x") && stdout.endsWith("x\n") && stdout.length < 12e6, String(stdout.length));
      assert.match(stderr, /left out here \d+ lines? \(\d\d\.\d MB\)/);
    });

    test("is interrupted in a busy loop and in a wait, and keeps its variables", async () => {
      await run(kernel, "var kept = 1");
      for (const endless of ["while (true) {}", "await new Promise(() => {})"]) {
        const future = kernel.requestExecute({ code: `console.log("go"); ${endless}` });
        await new Promise<void>((go) => (future.onIOPub = ({ header }) => void (header.msg_type === "stream" && go())));
        await kernel.interrupt();
        assert.equal((await future.done).content.status, "error");
      }
      assert.equal((await run(kernel, "kept")).result, "1");
    });

    test("is busy while a cell runs, and /api/kernels says so", async () => {
      const sign = join(lab.folder, `go-on-${kernel.id}`);
      const code = `while (!require("fs").existsSync(${JSON.stringify(sign)})) await new Promise((go) => setTimeout(go, 20));`;
      const future = kernel.requestExecute({ code });
      await until(async () => (await kernelModel(client, kernel.id)).execution_state === "busy");
      writeFileSync(sign, "");
      await future.done;
      await until(async () => (await kernelModel(client, kernel.id)).execution_state === "idle");
    });

    test("a second client hears the outputs of the first, and its replies reach it alone", async () => {
      const other = openClient(lab.url, protocol);
      const there = other.kernels.connectTo({ model: kernel.model });
      await there.info;
      const heard: string[] = [];
      there.iopubMessage.connect((_sender, { header, content }) => {
        if (header.msg_type === "stream") heard.push(String((content as { text: string }).text));
      });
      await run(kernel, 'console.log("to both")');
      await until(() => heard.length > 0);
      assert.deepEqual(heard, ["to both\n"]);
      const [one, two] = await Promise.all([run(kernel, '"first"'), run(there, '"second"')]);
      assert.deepEqual([one.result, two.result], ["'first'", "'second'"]);
      assert.equal((await kernelModel(client, kernel.id)).connections, 2);
      other.dispose();
    });

    /**
     * A cell that prints 0, waits until the client's socket is another one, or none, as far as the server knows, and prints
     * on. What was on its way when a socket went is lost, as by any Jupyter server: WebSockets acknowledge nothing.
     */
    const printsOn = (count: number) => {
      const sign = join(mkdtempSync(join(tmpdir(), "fused-lab-")), "go-on");
      const isTold = `require("fs").existsSync(${JSON.stringify(sign)})`;
      const code = `console.log(0);
while (!${isTold}) await new Promise((go) => setTimeout(go, 5));
for (let i = 1; i < ${count}; i++) { console.log(i); await new Promise((go) => setTimeout(go, 10)); }
"end"`;
      const whenGone = async (socket: WebSocket) => {
        const isAway = () => lab.server.kernels.get(kernel.id).model.connections === 0;
        const isBack = () => client.sockets.at(-1) !== socket && kernel.connectionStatus === "connected";
        await waitFor("the end of the socket", () => isAway() || isBack(), { every: 1 });
        writeFileSync(sign, "");
      };
      const expected = Array.from({ length: count }, (_, i) => `${i}\n`).join("");
      return { code, whenGone, expected };
    };

    test("a dropped socket in the middle of a cell loses nothing of what comes after", async () => {
      const { code, whenGone, expected } = printsOn(30);
      const future = kernel.requestExecute({ code });
      let printed = "";
      let dropped = 0;
      let value: unknown;
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "stream") printed += (content as { text: string }).text;
        if (header.msg_type === "execute_result")
          value = (content as { data: Record<string, string> }).data["text/plain"];
        if (header.msg_type !== "stream" || dropped++ > 0) return;
        const socket = client.sockets.at(-1)!;
        socket.terminate();
        void whenGone(socket);
      };
      assert.equal((await future.done).content.status, "ok");
      assert.equal(printed, expected);
      assert.equal(value, "'end'");
      assert.ok(dropped > 0);
    });

    test("asked for a reconnect in the middle of a cell, it loses nothing either", async () => {
      const { code, whenGone, expected } = printsOn(10);
      const future = kernel.requestExecute({ code });
      let printed = "";
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type !== "stream") return;
        if (printed === "") {
          const socket = client.sockets.at(-1)!;
          void kernel.reconnect();
          void whenGone(socket);
        }
        printed += (content as { text: string }).text;
      };
      await future.done;
      assert.equal(printed, expected);
    });

    test("restarts empty, under the same id", async () => {
      const { id } = kernel;
      await run(kernel, "var before = 1");
      await kernel.restart();
      const { content, result } = await run(kernel, "typeof before");
      assert.equal(result, "'undefined'");
      assert.equal(content.execution_count, 1);
      assert.equal(kernel.id, id);
    });

    test("other pages learn of a restart from the server's events, before it begins", async () => {
      const heard: unknown[] = [];
      const events = new WebSocket(`${lab.url.replace("http", "ws")}/api/events/subscribe?token=${token}`);
      await new Promise((open) => events.once("open", open));
      events.on("message", (data: Buffer) => {
        const { schema_id, action, kernel_id } = JSON.parse(data.toString());
        heard.push([schema_id, action, kernel_id, lab.server.kernels.get(kernel_id).model.execution_state]);
      });
      await kernel.restart();
      await until(() => heard.length > 0);
      const schema = "https://events.jupyter.org/jupyter_server/kernel_actions/v1";
      assert.deepEqual(heard, [[schema, "restart", kernel.id, "restarting"]]);
      events.terminate();
      assert.equal((await run(kernel, "1 + 1")).content.execution_count, 1);
    });

    test("a kernel that is killed comes back under the same id, and the client is told", async () => {
      const seen: string[] = [];
      kernel.statusChanged.connect((_sender, status) => void seen.push(status));
      process.kill(-lab.server.kernels.get(kernel.id).processId!, "SIGKILL");
      await until(() => seen.includes("autorestarting"));
      await until(() => kernel.connectionStatus === "connected" && kernel.status === "idle");
      assert.equal((await run(kernel, "2 + 2")).result, "4");
    });

    test("a cell that was running when its kernel died does not wait for ever", async () => {
      const future = kernel.requestExecute({ code: 'console.log("go"); await new Promise(() => {})' });
      await new Promise<void>((go) => (future.onIOPub = ({ header }) => void (header.msg_type === "stream" && go())));
      process.kill(-lab.server.kernels.get(kernel.id).processId!, "SIGKILL");
      await assert.rejects(Promise.resolve(future.done), /Canceled/);
      await until(() => kernel.status === "idle");
    });

    test("a document gets another kernel, and the first one ends", async () => {
      const before = kernel.id;
      const next = await session.changeKernel({ name: "fused-ts" });
      assert.notEqual(next!.id, before);
      assert.equal((await run(next!, "3 + 3")).result, "6");
      assert.equal(lab.server.kernels.find(before), undefined);
      kernel = next!;
    });

    test("a renamed document keeps its session", async () => {
      await session.setPath("renamed.ipynb");
      await client.sessions.refreshRunning();
      assert.deepEqual(
        [...client.sessions.running()].map(({ path, id }) => [path, id]),
        [["renamed.ipynb", session.id]],
      );
    });

    test("a document opened twice has one session", async () => {
      const again = await openClient(lab.url, protocol).sessions.startNew({
        ...{ path: "renamed.ipynb", name: "renamed.ipynb", type: "notebook" },
        kernel: { name: "fused-ts" },
      });
      assert.equal(again.id, session.id);
      assert.equal(again.kernel!.id, kernel.id);
    });

    test("is found by its path, and by its id", async () => {
      const found = await client.sessions.findByPath("renamed.ipynb");
      assert.equal(found?.id, session.id);
      assert.equal((await client.kernels.findById(kernel.id))?.name, "fused-ts");
    });

    test("shuts down; the server forgets kernel and session, and no process is left", async () => {
      const pid = lab.server.kernels.get(kernel.id).processId!;
      await session.shutdown();
      await client.sessions.refreshRunning();
      await client.kernels.refreshRunning();
      assert.deepEqual([...client.sessions.running()], []);
      assert.deepEqual([...client.kernels.running()], []);
      assert.throws(() => process.kill(-pid, 0));
    });
  });
}

function bytes({ buffers }: KernelMessage.IMessage): number[][] {
  return (buffers ?? []).map((each) => [
    ...(ArrayBuffer.isView(each)
      ? new Uint8Array(each.buffer, each.byteOffset, each.byteLength)
      : new Uint8Array(each)),
  ]);
}

function authorization(client: Client): Record<string, string> {
  return { Authorization: `token ${client.settings.token}` };
}

async function kernelModel(client: Client, id: string): Promise<{ execution_state: string; connections: number }> {
  const response = await fetch(`${client.settings.baseUrl}api/kernels/${id}`, { headers: authorization(client) });
  return (await response.json()) as { execution_state: string; connections: number };
}
