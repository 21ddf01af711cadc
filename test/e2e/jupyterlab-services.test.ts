import assert from "node:assert/strict";
import { basename } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { after, before, describe, test } from "node:test";
import {
  KernelManager,
  ServerConnection,
  SessionManager,
  type Kernel,
  type KernelMessage,
  type Session,
} from "@jupyterlab/services";
import {
  codeCells,
  needsNotebookServer,
  shape,
  startNotebookServer,
  tutorials,
  type Output,
} from "./notebook-server.ts";
import type { PythonServer } from "./python-server.ts";

/** JupyterLab's own client of Jupyter servers, against a real server and our kernel. */
describe("through @jupyterlab/services", needsNotebookServer, () => {
  let server: PythonServer;
  let kernels: KernelManager;
  let sessions: SessionManager;

  before(async () => {
    server = await startNotebookServer();
    const serverSettings = ServerConnection.makeSettings({
      baseUrl: server.url,
      wsUrl: server.url.replace("http", "ws"),
      token: server.token,
      appendToken: true,
    });
    kernels = new KernelManager({ serverSettings });
    sessions = new SessionManager({ serverSettings, kernelManager: kernels });
    await sessions.ready;
  });

  after(async () => {
    await sessions.shutdownAll();
    sessions.dispose();
    kernels.dispose();
    await server.stop();
  });

  const start = (path: string): Promise<Session.ISessionConnection> =>
    sessions.startNew({ path, name: path, type: "notebook", kernel: { name: "fused-ts" } });

  for (const tutorial of tutorials) {
    test(`${basename(tutorial)} gives the kinds of outputs it is committed with`, async (t) => {
      const session = await start(basename(tutorial));
      t.after(() => session.shutdown());
      for (const [index, cell] of codeCells(tutorial).entries()) {
        const { reply, outputs } = await run(session.kernel!, [cell.source].flat().join(""));
        assert.equal(reply.execution_count, index + 1);
        assert.deepEqual(shape(outputs), shape(cell.outputs!), JSON.stringify(cell.source));
      }
    });
  }

  describe("a kernel", () => {
    let session: Session.ISessionConnection;
    let kernel: Kernel.IKernelConnection;

    before(async () => {
      session = await start("requests.ipynb");
      kernel = session.kernel!;
    });

    test("says what it is, and that its connection stands", async () => {
      const info = (await kernel.info) as KernelMessage.IInfoReply;
      assert.equal(info.language_info.name, "typescript");
      assert.equal(info.implementation, "fused-kernel");
      assert.equal(kernel.connectionStatus, "connected");
      assert.equal((await kernel.spec)?.display_name, "TypeScript (Fused)");
    });

    test("is busy while a cell runs and idle after", async () => {
      const seen: string[] = [];
      const idle = new Promise<void>((resolve) =>
        kernel.statusChanged.connect((_sender, status) => {
          seen.push(status);
          if (status === "idle") resolve();
        }),
      );
      await run(kernel, "await new Promise((done) => setTimeout(done, 20))");
      await idle;
      assert.deepEqual(seen, ["busy", "idle"]);
    });

    test("completes", async () => {
      await run(kernel, "const places = { Reykjavik: 64.15, Quito: -0.18 }");
      const { content } = await kernel.requestComplete({ code: "places.Rey + 1", cursor_pos: 10 });
      assert.ok(content.status === "ok");
      assert.deepEqual(content.matches, ["Reykjavik"]);
      assert.deepEqual([content.cursor_start, content.cursor_end], [7, 10]);
    });

    test("inspects", async () => {
      const { content } = await kernel.requestInspect({ code: "places", cursor_pos: 3, detail_level: 0 });
      assert.ok(content.status === "ok" && content.found);
      assert.match(String(content.data["text/plain"]), /Reykjavik/);
    });

    test("says whether a cell is complete", async () => {
      const status = async (code: string) => (await kernel.requestIsComplete({ code })).content.status;
      assert.equal(await status("1 + 1"), "complete");
      assert.equal(await status("for (const x of [1]) {"), "incomplete");
      assert.equal(await status("const = 1"), "invalid");
    });

    test("remembers what was run", async () => {
      await run(kernel, "const remembered = 7 * 6");
      const { content } = await kernel.requestHistory({ hist_access_type: "tail", n: 1, output: false, raw: true });
      assert.ok(content.status === "ok");
      assert.equal(content.history.at(-1)?.[2], "const remembered = 7 * 6");
    });

    test("evaluates user expressions, each for itself", async () => {
      const future = kernel.requestExecute({
        code: "const six = 6",
        user_expressions: { good: "six * 7", bad: "six.seven.eight" },
      });
      const { content } = await future.done;
      assert.ok(content.status === "ok");
      const { good, bad } = content.user_expressions as Record<
        string,
        { status: string; data?: Record<string, string> }
      >;
      assert.equal(good!.data!["text/plain"], "42");
      assert.equal(bad!.status, "error");
    });

    test("asks for input, and takes the answer", async () => {
      const asked: unknown[] = [];
      const future = kernel.requestExecute({ code: 'const who = prompt("Who?"); `Hello ${who}`', allow_stdin: true });
      const outputs = collect(future);
      future.onStdin = ({ content }) => {
        asked.push(content);
        kernel.sendInputReply({ status: "ok", value: "Ada" }, future.msg.header as never);
      };
      await future.done;
      assert.deepEqual(asked, [{ prompt: "Who?", password: false }]);
      assert.equal(outputs[0]?.data?.["text/plain"], "'Hello Ada'");
    });

    test("opens a comm with buffers and gets buffers back", async () => {
      const opened = Promise.withResolvers<{ comm: Kernel.IComm; message: KernelMessage.ICommOpenMsg }>();
      kernel.registerCommTarget("from.kernel", (comm, message) => opened.resolve({ comm, message }));
      await run(
        kernel,
        `const line = jupyter.openComm("from.kernel", { hello: 1 }, { buffers: [new Uint8Array([1, 2, 3])], metadata: { version: "1" } });
         line.onMessage(({ data, buffers }) => line.send({ sum: data.plus + buffers[0].reduce((a, b) => a + b, 0) }, { buffers: [buffers[0].toReversed()] }));`,
      );
      const { comm, message } = await opened.promise;
      assert.deepEqual(message.content.data, { hello: 1 });
      assert.deepEqual(message.metadata, { version: "1" });
      assert.deepEqual(bytes(message), [[1, 2, 3]]);

      const answer = Promise.withResolvers<KernelMessage.ICommMsgMsg>();
      comm.onMsg = answer.resolve;
      comm.send({ plus: 100 }, {}, [new Uint8Array([9, 8, 7]).buffer]);
      const answered = await answer.promise;
      assert.deepEqual(answered.content.data, { sum: 124 });
      assert.deepEqual(bytes(answered), [[7, 8, 9]]);

      const closed = Promise.withResolvers<KernelMessage.ICommCloseMsg>();
      comm.onClose = closed.resolve;
      await run(kernel, "line.close({ bye: true })");
      assert.deepEqual((await closed.promise).content.data, { bye: true });
    });

    test("takes a comm that the front end opens", async () => {
      await run(
        kernel,
        `jupyter.onComm("to.kernel", (comm, { data, buffers }) => {
           console.log("opened with", data, buffers);
           comm.onMessage(({ data, buffers }) => comm.send({ twice: data.value * 2 }, { buffers }));
           comm.onClose(() => console.log("closed"));
         });`,
      );
      const comm = kernel.createComm("to.kernel");
      const answer = Promise.withResolvers<KernelMessage.ICommMsgMsg>();
      comm.onMsg = answer.resolve;
      const opening = comm.open({ first: true }, {}, [new Uint8Array([5]).buffer]);
      const printed = collect(opening);
      await opening.done;
      assert.match(
        stripVTControlCharacters([printed[0]?.text].flat().join("")),
        /opened with \{ first: true \} \[ Uint8Array\(1\) \[ 5 \] \]/,
      );

      const { content } = await kernel.requestCommInfo({ target_name: "to.kernel" });
      assert.ok(content.status === "ok");
      assert.deepEqual(content.comms, { [comm.commId]: { target_name: "to.kernel" } });

      await comm.send({ value: 21 }, {}, [new Uint8Array([1]).buffer, new Uint8Array(0).buffer]).done;
      const answered = await answer.promise;
      assert.deepEqual(answered.content.data, { twice: 42 });
      assert.deepEqual(bytes(answered), [[1], []]);

      const closing = comm.close({});
      const last = collect(closing);
      await closing.done;
      assert.equal([last[0]?.text].flat().join(""), "closed\n");
    });

    test("closes a comm to a target that nobody takes", async () => {
      const comm = kernel.createComm("nobody.there");
      const closed = Promise.withResolvers<unknown>();
      comm.onClose = closed.resolve;
      comm.open();
      await closed.promise;
    });

    test("updates a display and clears output", async () => {
      const { outputs } = await run(
        kernel,
        'const shown = display("one", { id: "a" }); display("two", { id: "a", update: true }); clearOutput()',
      );
      assert.deepEqual(outputs, []);
    });

    test("is interrupted in a busy loop and in a wait, and keeps its variables", async () => {
      await run(kernel, "var kept = 'still here'");
      for (const endless of ["while (true) {}", "await new Promise(() => {})"]) {
        const future = kernel.requestExecute({ code: `console.log("go"); ${endless}` });
        await new Promise<void>((resolve) => {
          future.onIOPub = ({ header }) => void (header.msg_type === "stream" && resolve());
        });
        await kernel.interrupt();
        const { content } = await future.done;
        assert.equal(content.status, "error");
        assert.equal((content as KernelMessage.IReplyErrorContent).ename, "Interrupted");
      }
      const { outputs } = await run(kernel, "kept");
      assert.equal(outputs[0]?.data?.["text/plain"], "'still here'");
    });

    test("aborts the cells queued behind a failing one, but not where they say otherwise", async () => {
      // It fails late enough that the next request has come through the server by then.
      const code = 'await new Promise((go) => setTimeout(go, 300)); throw new Error("no")';
      const failing = kernel.requestExecute({ code, stop_on_error: true });
      const behind = kernel.requestExecute({ code: "1" });
      assert.equal((await failing.done).content.status, "error");
      assert.match((await behind.done).content.status, /^abort/);
      const tolerant = kernel.requestExecute({ code: 'throw new Error("no")', stop_on_error: false });
      const next = kernel.requestExecute({ code: "1" });
      assert.equal((await tolerant.done).content.status, "error");
      assert.equal((await next.done).content.status, "ok");
    });

    test("survives process.exit in a cell", async () => {
      const id = kernel.id;
      const { reply, outputs } = await run(kernel, "process.exit(3)");
      assert.equal(reply.status, "error");
      assert.equal(outputs[0]?.output_type, "error");
      const next = await run(kernel, "1 + 1");
      assert.equal(next.outputs[0]?.data?.["text/plain"], "2");
      assert.equal(kernel.id, id);
      assert.equal(kernel.connectionStatus, "connected");
    });

    test("restarts empty", async () => {
      await run(kernel, "var before = 1");
      await kernel.restart();
      const { reply, outputs } = await run(kernel, "typeof before");
      assert.equal(reply.execution_count, 1);
      assert.equal(outputs[0]?.data?.["text/plain"], "'undefined'");
    });

    test("shuts down, and the server forgets it", async () => {
      await session.shutdown();
      await sessions.refreshRunning();
      await kernels.refreshRunning();
      assert.deepEqual([...sessions.running()], []);
      assert.deepEqual([...kernels.running()], []);
    });
  });
});

const bytes = ({ buffers }: KernelMessage.IMessage): number[][] =>
  (buffers ?? []).map((each) => [
    ...(ArrayBuffer.isView(each)
      ? new Uint8Array(each.buffer, each.byteOffset, each.byteLength)
      : new Uint8Array(each)),
  ]);

/** The outputs of a request as they come, joined, updated and cleared as a notebook does. */
function collect(future: Pick<Kernel.IShellFuture, "onIOPub">): Output[] {
  const outputs: Output[] = [];
  future.onIOPub = ({ header: { msg_type }, content }) => {
    const output = { output_type: msg_type, ...content } as Output;
    const last = outputs.at(-1);
    if (msg_type === "clear_output") outputs.length = 0;
    else if (msg_type === "stream" && last?.output_type === "stream" && last.name === output.name)
      last.text = `${last.text}${output.text}`;
    else if (msg_type === "update_display_data") {
      for (const each of outputs) if (displayOf(each) === displayOf(output)) each.data = output.data;
    } else if (["stream", "display_data", "execute_result", "error"].includes(msg_type)) outputs.push(output);
  };
  return outputs;
}

const displayOf = (output: Output) => (output as { transient?: { display_id?: string } }).transient?.display_id;

async function run(kernel: Kernel.IKernelConnection, code: string) {
  const future = kernel.requestExecute({ code, allow_stdin: false });
  const outputs = collect(future);
  const { content } = await future.done;
  return { reply: content, outputs };
}
