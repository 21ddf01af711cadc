import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Request, Subscriber } from "zeromq";
import { KernelClient } from "../../cli/kernel-client.ts";
import { createConnectionFile } from "../../kernel/create-connection-file.ts";
import { ownLaunch, spawnKernel } from "../../kernelspec/kernel-process.ts";
import { channelAddress } from "../../kernel/connection-file.ts";
import { createHeader } from "../../kernel/iopub.ts";
import { decodeMessage, encodeMessage, type Message } from "../../kernel/wire.ts";
import { busyCell } from "./busy-cell.ts";

const file = await createConnectionFile("fused-ts");
const { info } = file;
const history = join(mkdtempSync(join(tmpdir(), "fused-history-")), "history.jsonl");
const kernel = await spawnKernel(ownLaunch(process.cwd(), { FUSED_HISTORY_FILE: history }), file.path);
const shell = new Dealer({ linger: 0, routingId: "tester" });
const control = new Dealer({ linger: 0, routingId: "tester" });
const stdin = new Dealer({ linger: 0, routingId: "tester" });
const iopub = new Subscriber({ linger: 0 });
shell.connect(channelAddress(info, info.shell_port));
control.connect(channelAddress(info, info.control_port));
stdin.connect(channelAddress(info, info.stdin_port));
iopub.connect(channelAddress(info, info.iopub_port));
iopub.subscribe();
const published: Message[] = [];
const replies: Message[] = [];
const asked: Message[] = [];
const listen = async (socket: AsyncIterable<Buffer[]>, into: Message[]) => {
  for await (const frames of socket) into.push(decodeMessage(info.key, frames));
};
for (const [socket, into] of [
  [iopub, published],
  [shell, replies],
  [control, replies],
  [stdin, asked],
] as const)
  void listen(socket, into);
after(async () => {
  kernel.signal("SIGKILL");
  for (const socket of [shell, control, stdin, iopub]) socket.close();
  file.remove();
});

function message(type: string, content: Record<string, unknown>): Message {
  return { identities: [], header: createHeader(type, "test"), parent_header: {}, metadata: {}, content, buffers: [] };
}

async function until<T>(find: () => T | undefined, what: string, milliseconds = 60_000): Promise<T> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(5)) {
    const found = find();
    if (found !== undefined) return found;
  }
  throw new Error(`no ${what} within ${milliseconds} ms`);
}

/** Sends a request and waits for its reply. */
async function ask(type: string, content: Record<string, unknown> = {}, socket = shell): Promise<Message> {
  const request = message(type, content);
  await socket.send(encodeMessage(info.key, request));
  return until(() => replies.find((each) => each.parent_header.msg_id === request.header.msg_id), `reply to ${type}`);
}

/** Runs a cell; its reply, and what was published for it. */
async function execute(content: Record<string, unknown>): Promise<{ reply: Message; outputs: Message[] }> {
  const reply = await ask("execute_request", {
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
    ...content,
  });
  const mine = () => published.filter((each) => each.parent_header.msg_id === reply.parent_header.msg_id);
  await until(() => mine().find(({ content: { execution_state } }) => execution_state === "idle"), "idle");
  return { reply, outputs: mine() };
}

test("a subscriber is welcomed", async () => {
  const welcome = await until(
    () => published.find(({ header }) => header.msg_type === "iopub_welcome"),
    "iopub_welcome",
  );
  assert.deepEqual(welcome.content, { subscription: "" });
});

test("kernel_info_reply has every field of protocol 5.5, on shell and on control", async () => {
  for (const socket of [shell, control]) {
    const { content } = await ask("kernel_info_request", {}, socket);
    assert.equal(content.status, "ok");
    assert.equal(content.protocol_version, "5.5");
    assert.equal(content.implementation, "fused-kernel");
    const language = content.language_info as Record<string, unknown>;
    assert.equal(language.name, "typescript");
    assert.equal(language.mimetype, "text/typescript");
    assert.equal(language.file_extension, ".ts");
    for (const field of ["implementation_version", "banner", "help_links"]) assert.ok(field in content, field);
  }
});

test("execute publishes busy, input, outputs, idle in that order, and counts", async () => {
  const first = await execute({ code: "console.log('out'); 40 + 2" });
  const types = first.outputs.map(({ header, content }) => content.execution_state ?? header.msg_type);
  assert.deepEqual(types, ["busy", "execute_input", "stream", "execute_result", "idle"]);
  const count = first.reply.content.execution_count as number;
  assert.equal(first.outputs[1]!.content.execution_count, count);
  const next = await execute({ code: "1" });
  assert.equal(next.reply.content.execution_count, count + 1);
});

test("silent publishes nothing but status, and neither it nor store_history false counts", async () => {
  const before = (await execute({ code: "0" })).reply.content.execution_count as number;
  const silent = await execute({ code: "globalThis.quiet = 7; quiet", silent: true });
  assert.deepEqual(
    silent.outputs.map(({ header }) => header.msg_type),
    ["status", "status"],
  );
  await execute({ code: "1", store_history: false });
  assert.equal((await execute({ code: "quiet" })).reply.content.execution_count, before + 1);
});

test("user expressions come as bundles, and their errors as errors", async () => {
  const { reply } = await execute({
    code: "const ue = { a: 1 }",
    user_expressions: { good: "ue", sum: "1 + 1", bad: "nosuch", worse: "1 +" },
  });
  const values = reply.content.user_expressions as Record<string, Record<string, unknown>>;
  assert.deepEqual(values.good!.data, { "text/plain": "{ a: 1 }" });
  assert.deepEqual((values.sum!.data as Record<string, string>)["text/plain"], "2");
  assert.equal(values.bad!.ename, "ReferenceError");
  assert.equal(values.worse!.ename, "SyntaxError");
});

test("an error aborts what waits behind it, unless stop_on_error is false", async () => {
  const send = async (code: string, stop_on_error: boolean) => {
    const request = message("execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error,
    });
    await shell.send(encodeMessage(info.key, request));
    return () => until(() => replies.find((each) => each.parent_header.msg_id === request.header.msg_id), "reply");
  };
  for (const [stop, expected] of [
    [true, "aborted"],
    [false, "ok"],
  ] as const) {
    const waits = [];
    for (const code of ["await new Promise((go) => setTimeout(go, 50)); throw new Error('first')", "1", "2"])
      waits.push(await send(code, stop));
    const statuses = [];
    for (const wait of waits) statuses.push((await wait()).content.status);
    assert.deepEqual(statuses, ["error", expected, expected]);
  }
});

test("a wrong signature is dropped and never executed; so is a replay", async () => {
  const forged = encodeMessage("another key", message("execute_request", { code: "globalThis.forged = true" }));
  await shell.send(forged);
  const once = encodeMessage(
    info.key,
    message("execute_request", { code: "globalThis.times = (globalThis.times ?? 0) + 1", user_expressions: {} }),
  );
  await shell.send(once);
  await shell.send(once);
  const { outputs } = await execute({ code: "[typeof forged, times].join()" });
  assert.deepEqual(outputs.find(({ header }) => header.msg_type === "execute_result")?.content.data, {
    "text/plain": "'undefined,1'",
  });
});

test("malformed frames, unknown types and bodies that are not JSON leave a kernel that answers", async () => {
  const sign = (frames: string[]) => {
    const hmac = createHmac("sha256", info.key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest("hex");
  };
  await shell.send(["nothing of ours"]);
  await shell.send(["<IDS|MSG>"]);
  await shell.send(["<IDS|MSG>", "short", "{}"]);
  for (const frames of [
    ["{", "{}", "{}", "{}"],
    ["[]", "{}", "{}", "{}"],
    ["{}", "{}", "{}", "{}"],
    ["null", "null", "null", "null"],
  ]) {
    await shell.send(["<IDS|MSG>", sign(frames), ...frames]);
  }
  await shell.send(encodeMessage(info.key, message("nosuch_request", {})));
  await shell.send(encodeMessage(info.key, message("execute_request", { code: 5 as never })));
  assert.equal((await ask("kernel_info_request")).content.status, "ok");
});

test("is_complete tells complete, incomplete with indent, and invalid", async () => {
  const status = async (code: string) => (await ask("is_complete_request", { code })).content;
  assert.deepEqual(await status("const n: number = 3"), { status: "complete" });
  assert.deepEqual(await status("function f(x) {\n  return x * 2;"), { status: "incomplete", indent: "  " });
  assert.deepEqual(await status("const t = `open"), { status: "incomplete", indent: "" });
  assert.deepEqual(await status("foo )("), { status: "invalid" });
  assert.deepEqual(await status("const = 3"), { status: "invalid" });
  assert.deepEqual(await status("%%html\n<b>"), { status: "incomplete", indent: "" });
});

test("complete: globals, members, names of cells, magics; positions in code points", async () => {
  await execute({ code: "const galaxy = { alpha: 1, beta: [1, 2] }" });
  const complete = async (code: string, cursor_pos = [...code].length) =>
    (await ask("complete_request", { code, cursor_pos })).content;
  assert.deepEqual((await complete("gala")).matches, ["galaxy"]);
  assert.ok(((await complete("[1,2,3].fi")).matches as string[]).includes("filter"));
  assert.deepEqual((await complete("galaxy.beta.leng")).matches, ["length"]);
  assert.deepEqual((await complete("%lsm")).matches, ["%lsmagic"]);
  const astral = await complete("'🌍🌍'; gala");
  assert.deepEqual([astral.cursor_start, astral.cursor_end], [6, 10]);
});

test("inspect: found or not, at both levels of detail", async () => {
  await execute({ code: "function greet(name: string) { return 'hi ' + name }" });
  const inspect = async (code: string, detail_level = 0) =>
    (await ask("inspect_request", { code, cursor_pos: code.length, detail_level })).content;
  assert.match(JSON.stringify((await inspect("greet")).data), /function greet\(name: string\)/);
  assert.match(JSON.stringify((await inspect("greet", 1)).data), /return/);
  assert.equal((await inspect("nosuchname")).found, false);
});

test("history: tail, range, search", async () => {
  await execute({ code: "'history one'" });
  await execute({ code: "'history two'" });
  const history = async (content: object) =>
    (await ask("history_request", { output: false, raw: true, ...content })).content.history as [
      number,
      number,
      string,
    ][];
  assert.deepEqual(
    (await history({ hist_access_type: "tail", n: 2 })).map((entry) => entry[2]),
    ["'history one'", "'history two'"],
  );
  assert.deepEqual(
    (await history({ hist_access_type: "search", pattern: "*history o?e*" })).map((entry) => entry[2]),
    ["'history one'"],
  );
  const [entry] = await history({ hist_access_type: "search", pattern: "*history two*" });
  assert.deepEqual(await history({ hist_access_type: "range", session: 0, start: entry![1], stop: entry![1] + 1 }), [
    entry,
  ]);
});

test("history is kept across kernels, and two kernels share it", async () => {
  const other = await KernelClient.start(ownLaunch(process.cwd(), { FUSED_HISTORY_FILE: history }));
  await other.execute("'from the other kernel'");
  await other.shutdown();
  const third = await KernelClient.start(ownLaunch(process.cwd(), { FUSED_HISTORY_FILE: history }));
  const found = await third.request("history_request", {
    output: false,
    raw: true,
    hist_access_type: "search",
    pattern: "*other kernel*",
  });
  await third.shutdown();
  const [[session, line, source]] = found.history as [[number, number, string]];
  assert.deepEqual([line, source], [1, "'from the other kernel'"]);
  assert.ok(session >= 1);
});

test("stdin: prompt asks the front end; without allow_stdin it gives null", async () => {
  const request = message("execute_request", {
    code: "const answer = prompt('your name?'); answer + '!'",
    allow_stdin: true,
    user_expressions: {},
  });
  await shell.send(encodeMessage(info.key, request));
  const question = await until(() => asked[0], "input_request");
  assert.deepEqual(question.content, { prompt: "your name?", password: false });
  await stdin.send(
    encodeMessage(info.key, { ...message("input_reply", { value: "Ada" }), parent_header: question.header }),
  );
  const result = await until(
    () =>
      published.find(
        (each) => each.header.msg_type === "execute_result" && each.parent_header.msg_id === request.header.msg_id,
      ),
    "result",
  );
  assert.deepEqual(result.content.data, { "text/plain": "'Ada!'" });
  const { outputs } = await execute({ code: "prompt('again?') === null" });
  assert.deepEqual(outputs.find(({ header }) => header.msg_type === "execute_result")?.content.data, {
    "text/plain": "true",
  });
});

test("while a cell is busy: control, heartbeat and what it printed come at once", async () => {
  const { code, goOn } = busyCell();
  const request = message("execute_request", { code: `console.log("before"); ${code}`, user_expressions: {} });
  await shell.send(encodeMessage(info.key, request));
  await until(() => published.find(({ content }) => content.text === "before\n"), "printed line");
  await ask("kernel_info_request", {}, control);
  const heartbeat = new Request({ linger: 0, receiveTimeout: 60_000 });
  heartbeat.connect(channelAddress(info, info.hb_port));
  await heartbeat.send("ping");
  assert.equal((await heartbeat.receive())[0]!.toString(), "ping");
  heartbeat.close();
  goOn();
  await until(() => replies.find((each) => each.parent_header.msg_id === request.header.msg_id), "reply");
});

test("`name?` pages", async () => {
  const { reply } = await execute({ code: "parseInt?" });
  const [page] = reply.content.payload as Record<string, unknown>[];
  assert.equal(page!.source, "page");
});

test("a 20 MB cell and a 20 MB output pass, the last of it before the cell is idle", async () => {
  const { outputs } = await execute({
    code: `const big = ${JSON.stringify("x".repeat(20_000_000))}; console.log(big); big.length`,
  });
  assert.deepEqual(outputs.find(({ header }) => header.msg_type === "execute_result")?.content.data, {
    "text/plain": "20000000",
  });
  const printed = outputs
    .filter(({ header }) => header.msg_type === "stream")
    .reduce((sum, { content }) => sum + String(content.text).length, 0);
  assert.equal(printed, 20_000_001);
});

test("comms go both ways with buffers; comm_info lists them; widget states answer while a cell is busy", async () => {
  const opened = await execute({
    code: `const comm = jupyter.openComm("jupyter.widget", { state: { _model_name: "M", value: 1 }, buffer_paths: [["bytes"]] }, { buffers: [new Uint8Array([1, 2, 3])] });
comm.onMessage(({ data, buffers }) => { console.log("heard", data.text, buffers[0].length); comm.send({ echo: data.text }, { buffers }) });
comm.id`,
  });
  const open = opened.outputs.find(({ header }) => header.msg_type === "comm_open")!;
  const { comm_id } = open.content;
  assert.deepEqual([...open.buffers[0]!], [1, 2, 3]);
  assert.deepEqual((await ask("comm_info_request", { target_name: "jupyter.widget" })).content.comms, {
    [comm_id as string]: { target_name: "jupyter.widget" },
  });

  const told = message("comm_msg", { comm_id, data: { text: "hi" } });
  await shell.send(encodeMessage(info.key, { ...told, buffers: [Buffer.from([9, 9])] }));
  const echo = await until(
    () =>
      published.find((each) => each.parent_header.msg_id === told.header.msg_id && each.header.msg_type === "comm_msg"),
    "echo",
  );
  assert.deepEqual(echo.content.data, { echo: "hi" });
  assert.equal(echo.buffers[0]!.length, 2);
  await until(
    () =>
      published.find(
        (each) => each.parent_header.msg_id === told.header.msg_id && each.content.text === "heard hi 2\n",
      ),
    "what the listener printed",
  );

  const { code, goOn } = busyCell();
  const busy = message("execute_request", { code, user_expressions: {} });
  await shell.send(encodeMessage(info.key, busy));
  await shell.send(
    encodeMessage(
      info.key,
      message("comm_open", { comm_id: "control", target_name: "jupyter.widget.control", data: {} }),
    ),
  );
  const asking = message("comm_msg", { comm_id: "control", data: { method: "request_states" } });
  await shell.send(encodeMessage(info.key, asking));
  const states = await until(
    () =>
      published.find(
        (each) => each.parent_header.msg_id === asking.header.msg_id && each.header.msg_type === "comm_msg",
      ),
    "states",
  );
  goOn();
  const data = states.content.data as {
    states: Record<string, { state: unknown; model_name: string }>;
    buffer_paths: unknown[];
  };
  assert.deepEqual(data.states[comm_id as string]!.state, { _model_name: "M", value: 1 });
  assert.deepEqual(data.buffer_paths, [[comm_id, "bytes"]]);
  await until(() => replies.find((each) => each.parent_header.msg_id === busy.header.msg_id), "reply");

  const stranger = message("comm_open", { comm_id: "x1", target_name: "nobody", data: {} });
  await shell.send(encodeMessage(info.key, stranger));
  await until(
    () => published.find((each) => each.header.msg_type === "comm_close" && each.content.comm_id === "x1"),
    "comm_close for an unknown target",
  );
});

test("a subshell runs a cell while the main shell waits; unknown subshells are refused", async () => {
  const { subshell_id } = (await ask("create_subshell_request", {}, control)).content;
  assert.deepEqual((await ask("list_subshell_request", {}, control)).content.subshell_id, [subshell_id]);
  const waiting = message("execute_request", {
    code: "await new Promise((go) => { globalThis.release = go; console.log('waits'); }); 'released'",
    user_expressions: {},
  });
  await shell.send(encodeMessage(info.key, waiting));
  const beside = message("execute_request", { code: "release(); 'beside'", user_expressions: {} });
  beside.header.subshell_id = subshell_id as string;
  await until(() => published.find(({ content }) => content.text === "waits\n"), "printed line");
  await shell.send(encodeMessage(info.key, beside));
  for (const each of [beside, waiting]) {
    await until(() => replies.find(({ parent_header }) => parent_header.msg_id === each.header.msg_id), "reply");
  }
  assert.equal((await ask("delete_subshell_request", { subshell_id }, control)).content.status, "ok");
  assert.equal((await ask("delete_subshell_request", { subshell_id }, control)).content.status, "error");
  const late = message("execute_request", { code: "1", user_expressions: {} });
  late.header.subshell_id = subshell_id as string;
  await shell.send(encodeMessage(info.key, late));
  const refused = await until(
    () => replies.find(({ parent_header }) => parent_header.msg_id === late.header.msg_id),
    "reply",
  );
  assert.equal(refused.content.ename, "SubshellError");
});

test("shutdown replies, publishes and ends", async () => {
  const { content } = await ask("shutdown_request", { restart: false }, control);
  assert.deepEqual(content, { status: "ok", restart: false });
  await kernel.ended;
});
