import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contentOf, writeMessage } from "../../lab/server/kernels/message.ts";
import type { KernelMessage } from "../../lab/server/kernels/message.ts";
import { Outbox, defaultLimits } from "../../lab/server/kernels/outbox.ts";
import type { OutboxLimits } from "../../lab/server/kernels/outbox.ts";

let ids = 0;
const nothing = { text: 0, output: 0 };
const parent = (request: string) => Buffer.from(JSON.stringify({ msg_id: request, session: "page" }));
const iopub = (msg_type: string, content: Record<string, unknown>, request = "cell") =>
  writeMessage("iopub", { msg_id: String(++ids), msg_type, session: "kernel" }, parent(request), content);
const print = (text: string, name = "stdout") => iopub("stream", { name, text });
const show = (text: string) => iopub("display_data", { data: { "text/plain": text }, metadata: {}, transient: {} });
const update = (id: string, text: string) =>
  iopub("update_display_data", { data: { "text/plain": text }, metadata: {}, transient: { display_id: id } });
const idle = () => iopub("status", { execution_state: "idle" });
const reply = () =>
  writeMessage("shell", { msg_id: String(++ids), msg_type: "execute_reply", session: "kernel" }, parent("cell"), {});

/** A client whose socket takes nothing until it is let. */
function openClient(limits: Partial<OutboxLimits> = {}) {
  const got: KernelMessage[] = [];
  const sink = {
    bufferedAmount: 0,
    send: (message: KernelMessage, done: () => void) => (got.push(message), setImmediate(done)),
  };
  let overflowed = false;
  const outbox = new Outbox(() => (overflowed = true), { ...defaultLimits, ...limits });
  return {
    got,
    outbox,
    sink,
    text: () =>
      got
        .filter(({ header }) => header.msg_type === "stream")
        .map((each) => String(contentOf(each).text))
        .join(""),
    types: () => got.map(({ header }) => header.msg_type),
    overflowed: () => overflowed,
    stall: () => (sink.bufferedAmount = 1e9),
    resume() {
      sink.bufferedAmount = 0;
      outbox.connect(sink);
    },
  };
}

describe("what waits for a client", () => {
  test("nothing waits for a client that keeps up", () => {
    const { outbox, sink, got } = openClient();
    outbox.connect(sink);
    for (const message of [print("a"), show("b"), reply(), idle()]) outbox.push(message);
    assert.equal(got.length, 4);
    assert.equal(outbox.waiting, 0);
  });

  test("prints are joined, and everything keeps its order", () => {
    const { outbox, resume, types, text } = openClient();
    for (const message of [print("a"), print("b"), print("!", "stderr"), show("s"), print("c"), reply(), idle()]) {
      outbox.push(message);
    }
    resume();
    assert.deepEqual(types(), ["stream", "stream", "display_data", "stream", "execute_reply", "status"]);
    assert.equal(text(), "ab!c");
  });

  test("of too much text the oldest goes, and a notice says how much", () => {
    const { outbox, resume, text } = openClient({ text: 100_000, burst: nothing });
    for (let i = 0; i < 50_000; i++) outbox.push(print(`line ${i}\n`));
    outbox.push(idle());
    assert.ok(outbox.waiting < 200_000, String(outbox.waiting));
    resume();
    const [, dropped] = /\[lab: left out here ([\d,]+) lines \(\d/.exec(text())!;
    const kept = text().match(/^line \d+$/gm)!;
    assert.equal(kept.at(-1), "line 49999");
    assert.equal(kept.length + Number(dropped!.replaceAll(",", "")), 50_000);
  });

  test("of too many displays the oldest go, after the text; status, replies, errors and comms never do", () => {
    const { outbox, resume, types, text, got } = openClient({ text: 10_000, outputs: 1e6, burst: nothing });
    const kept = ["comm_open", "comm_msg", "error", "execute_input"];
    for (const type of kept) outbox.push(iopub(type, {}));
    for (let i = 0; i < 500; i++) outbox.push(show("x".repeat(10_000)));
    for (const type of kept) outbox.push(iopub(type, {}));
    outbox.push(reply());
    outbox.push(idle());
    assert.ok(outbox.waiting < 1.2e6, String(outbox.waiting));
    resume();
    for (const type of kept) assert.equal(types().filter((each) => each === type).length, 2, type);
    assert.ok(types().includes("execute_reply") && types().at(-1) === "status");
    const shown = types().filter((each) => each === "display_data").length;
    const [, dropped] = /left out here (\d+) outputs/.exec(text())!;
    assert.equal(shown + Number(dropped), 500);
    assert.ok(shown > 0 && got.length < 150);
  });

  test("a later update of a display takes the place of the one before", () => {
    const { outbox, resume, got } = openClient();
    for (let i = 0; i < 10_000; i++) outbox.push(update("bar", `${i} %`));
    outbox.push(update("other", "x"));
    resume();
    assert.deepEqual(
      got.map((each) => (contentOf(each).data as Record<string, string>)["text/plain"]),
      ["9999 %", "x"],
    );
  });

  test("cleared output need not be sent", () => {
    const { outbox, resume, types } = openClient();
    for (let i = 0; i < 1000; i++) {
      outbox.push(print(String(i)));
      outbox.push(show(String(i)));
      outbox.push(iopub("clear_output", { wait: true }));
    }
    outbox.push(print("end"));
    resume();
    assert.deepEqual(
      types().filter((each) => each !== "clear_output"),
      ["stream"],
    );
  });

  test("a single print of any size comes whole", () => {
    const { outbox, resume, text } = openClient();
    outbox.push(print("x".repeat(50e6)));
    outbox.push(idle());
    resume();
    assert.ok(text().startsWith("x".repeat(50e6)));
  });

  test("a client for which only comms wait, more than there is room for, is given up", () => {
    const { outbox, overflowed } = openClient({ everything: 1e6 });
    for (let i = 0; i < 200; i++) outbox.push(iopub("comm_msg", { data: "x".repeat(10_000) }));
    assert.ok(overflowed());
  });

  test("a flood that a socket would take is slowed to what a page can show; the reply does not wait for it", () => {
    const { outbox, sink, text, types } = openClient({
      burst: { text: 1e6, output: 0 },
      perSecond: nothing,
      text: 200_000,
    });
    outbox.connect(sink);
    for (let i = 0; i < 20_000; i++) outbox.push(print(`${"x".repeat(1000)}\n`));
    assert.ok(text().length < 1.1e6);
    outbox.push(reply());
    outbox.push(idle());
    assert.deepEqual(types().slice(-2), ["execute_reply", "status"]);
    assert.ok(text().length < 1.5e6);
    assert.match(text(), /left out here [\d,]+ lines/);
  });

  test("a cell with more output than a page can hold is told so, and its last lines come at its end", () => {
    const { outbox, sink, text } = openClient({ perRequest: { text: 1e6, output: 1e6 }, text: 100_000 });
    outbox.connect(sink);
    outbox.push(print("y".repeat(1.1e6)));
    assert.ok(text().endsWith("y"), "nothing is held back yet");
    outbox.push(print("more"));
    assert.ok(/this cell has put out 1\.1 MB; more is held back/.test(text()), text().slice(-200));
    for (let i = 0; i < 5000; i++) outbox.push(print(`${i} ${"x".repeat(1000)}\n`));
    assert.ok(text().length < 1.2e6);
    outbox.push(idle());
    assert.match(text(), /\n4999 x+\n$/);
    // The next cell has its own.
    outbox.push(iopub("stream", { name: "stdout", text: "next" }, "other"));
    assert.match(text(), /next$/);
  });
});
