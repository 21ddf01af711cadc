import "./unreadable-files.ts";
import "../../magics/builtin.ts";
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { parseArgs } from "node:util";
import { urlParts } from "../../engine/url-parts.ts";
import { openChannel } from "../channel.ts";
import { createLanguageSlot, type Typecheck } from "../language/language-slot.ts";
import { problemsText } from "../language/type-problems.ts";
import { answerQuestion } from "../session/answer-question.ts";
import { spareChild } from "../session/children.ts";
import { createEvaluator } from "../session/evaluate.ts";
import { createExecutor } from "../session/execute.ts";
import type { FromSession, ToSession } from "../session/messages.ts";
import { loadMagics } from "../session/when-needed.ts";
import { createUserQuestions } from "./ask-user.ts";
import { createCellCalls } from "./cell-calls.ts";
import { createCellRequests } from "./cell-requests.ts";
import { createEngineRequests } from "./engine-requests.ts";
import { createEvaluations } from "./evaluations.ts";
import { readMessage, type MessageLinks } from "./from-isolate.ts";
import { harmlessMessage, harmlessText } from "./harmless-text.ts";
import { createHostGrants } from "./host-grants.ts";
import { shared } from "./isolate/channel.ts";
import { openIsolateInspector } from "./isolate-inspector.ts";
import { openNotebookIsolate } from "./notebook-isolate.ts";
import { createOutputs } from "./outputs.ts";
import { count, flag, text } from "./read-plain.ts";
import { safeBundle } from "./safe-bundle.ts";
import { openSandboxUdfs, type SandboxUdfs } from "./sandbox-udfs.ts";
import { watchIsolate } from "./watch-isolate.ts";
import { watchMemory } from "./watch-memory.ts";

/**
 * Entry of the session process of a sandboxed notebook. Cells run in an isolate, on a thread of its own; this main thread
 * runs none of their code. It speaks with the kernel as any session does, evaluates cells through the isolate's inspector,
 * and does for them what they are allowed: print, show, fetch from hosts that the user grants, run UDFs.
 */
const memoryMb = 512;
const { values: granted } = parseArgs({
  options: {
    "allow-host": { type: "string", multiple: true, default: [] },
    "allow-private-host": { type: "string", multiple: true, default: [] },
  },
});

const stream = new Socket({ fd: 3, readable: true, writable: true });
const kernel = openChannel<ToSession, FromSession>(stream);
stream.on("close", endProcess).on("end", endProcess);

function endProcess(): never {
  // At a normal exit isolated-vm would wait for the isolate's thread, which may be busy for ever.
  process.kill(process.pid, "SIGKILL");
  throw new Error("unreachable");
}

/** The kernel answers the running cells, says what happened and starts another session. */
function endOutOfMemory(): never {
  writeSync(2, `FATAL ERROR: the notebook's isolate needed more than ${memoryMb} MB: heap out of memory\n`);
  return endProcess();
}

// An error in here must not end the session: the notebook could provoke it.
process.on("uncaughtException", (error) => writeSync(2, `fused-kernel: ${error.stack}\n`));
process.on("unhandledRejection", (error) =>
  writeSync(2, `fused-kernel: ${String((error as Error)?.stack ?? error)}\n`),
);

const ran: { count: number; source: string }[] = [];
const rememberedCells = 10_000;
const counts = new Map<number, number>();
let latest = 0;
let interruption = new AbortController();

const outputs = createOutputs(kernel);
const user = createUserQuestions(kernel);
const grants = createHostGrants({ hosts: granted["allow-host"], privateHosts: granted["allow-private-host"] });
const engine = createEngineRequests(kernel);
const language = createLanguageSlot({
  folder: process.cwd(),
  serverStarted: spareChild,
  report({ source, name, execution }, problems) {
    outputs.text("stderr", execution, harmlessText(problemsText(problems, source, name)));
  },
});

/** What waits in the isolate looks here (isolate/channel.ts). */
const memory = new SharedArrayBuffer(shared.bytes + (1 << 20));
const ints = new Int32Array(memory, 0, 4);

const isolate = await openNotebookIsolate(memoryMb, memory, {
  told(kind, ...values) {
    const [first, second, third, fourth] = values;
    switch (kind) {
      case "turn":
        return isolate.turn();
      case "text":
        return outputs.text(
          first === "stderr" ? "stderr" : "stdout",
          count(second),
          harmlessText(text(third, 1 << 23)),
        );
      case "message":
        return readMessage(first, second, messageLinks);
      case "arm":
        return armTimer(first);
      case "request":
        return requests.request(first, second, third, fourth);
      case "drop":
        return requests.drop(first);
      case "prompt":
        return void answerPrompt(count(first), text(second, 10_000), flag(third));
    }
  },
  asked(kind, detail) {
    switch (kind) {
      case "random":
        return new Uint8Array(randomBytes(Math.min(count(detail), 65_536))).buffer;
      case "url":
        return urlParts(text(detail, 1 << 20));
      case "cpu":
        return JSON.stringify(process.cpuUsage());
      case "flow":
        return holdBack();
      case "udf":
      case "pool":
        return calls.askNow(kind, detail);
      default:
        return undefined;
    }
  },
  rejected(error) {
    const { name = "Error", message = String(error), stack = "" } = Object(error) as Partial<Error>;
    const ename = text(name, 200) || "Error";
    const shown = {
      ename,
      evalue: text(message, 10_000),
      stack: text(stack, 100_000) || `${ename}: ${text(message, 10_000)}`,
    };
    outputs.next(() =>
      executor.showStray({ type: "stray", execution: latest, what: "Unhandled rejection", error: shown }),
    );
  },
  lost: endOutOfMemory,
});
watchMemory(memoryMb, endOutOfMemory);

const evaluator = await createEvaluator(openIsolateInspector(isolate, endProcess));
watchIsolate({
  isGone: isolate.isGone,
  isBusy: () => isolate.isBusy() && !user.isAsking() && Atomics.load(ints, shared.pressure) === 0,
  memoryMb,
  lost: endOutOfMemory,
});
const executor = createExecutor({
  kernel: { ...kernel, send: (message) => outputs.send(harmlessMessage(message)) },
  evaluator,
  ring: { drain: outputs.flush, wake() {}, onMessage() {} },
  gate: new SharedArrayBuffer(4),
  tellMain() {},
  language,
});
const evaluations = createEvaluations(
  (execution, id, source, firstLine) =>
    void executor.evaluateMore({ type: "evaluate", execution, id, source, firstLine }),
);

let opened: SandboxUdfs | undefined;
const udfs = (): SandboxUdfs =>
  (opened ??= openSandboxUdfs({
    folder: process.cwd(),
    permission: grants.permission,
    enginePath: engine.path,
    write: (name, line) => outputs.text(name, latest, harmlessText(line)),
    display: (bundle, displayId, update) => show(latest, bundle, displayId, update),
    nextCell: (line) => sendPayload(latest, { source: "set_next_input", text: line, replace: false }),
    poolView: (progress) => loadMagics().poolView(progress),
    detached: (work) => work(),
    signal: () => interruption.signal,
  }));

/** Shows what was drawn here. */
function show(execution: number, bundle: Parameters<typeof safeBundle>[0], displayId: string, update: boolean): void {
  outputs.next(() => kernel.send({ type: "display", execution, bundle: safeBundle(bundle, true), displayId, update }));
}

function sendPayload(execution: number, payload: Record<string, unknown>): void {
  outputs.next(() => kernel.send({ type: "payload", execution, payload }));
}

const cellName = (execution: number): string => `cell[${counts.get(execution) ?? 0}]`;
const calls = createCellCalls({
  udfs,
  cellName,
  ask: user.ask,
  evaluate: evaluations.pass,
  async help(execution, name, detail) {
    const question = { about: "inspect", code: name, cursor: name.length, detail } as const;
    const { data } = await answerQuestion(question, evaluator, language);
    const found = (data as Record<string, string> | undefined)?.["text/plain"];
    sendPayload(execution, { source: "page", data: { "text/plain": found ?? `${name} is not known here.` }, start: 0 });
  },
  magic: (execution) => ({
    print: (name, line) => outputs.text(name, execution, line),
    display: (bundle, displayId, update) => show(execution, bundle, displayId, update),
    payload: (payload) => sendPayload(execution, payload),
    evaluate: (source, firstLine) => evaluations.evaluate(execution, source, firstLine),
    ask: async (prompt) => (await user.ask(execution, prompt, false)) ?? "",
    history: () => ran,
    setting: (_name, value) => void (language.typecheck = value as Typecheck),
    signal: interruption.signal,
    cellName: cellName(execution),
  }),
});
const requests = createCellRequests({
  grants,
  addPackage: isolate.addPackage,
  call: calls.call,
  reply: (...values) => void isolate.control("reply", ...values),
  ask: (execution, prompt) => user.ask(execution, prompt, false),
  latestExecution: () => latest,
});
const messageLinks: MessageLinks = { kernel, outputs, executor, evaluations, udfs };

let alarm: NodeJS.Timeout | undefined;
function armTimer(milliseconds: unknown): void {
  clearTimeout(alarm);
  const wait = typeof milliseconds === "number" && milliseconds >= 0 ? Math.min(milliseconds, 2 ** 31 - 1) : 0;
  alarm = setTimeout(() => void isolate.control("fire"), wait);
}

/** Makes what prints wait while the kernel is behind. */
function holdBack(): boolean {
  const room = outputs.room();
  if (!room) return false;
  Atomics.store(ints, shared.pressure, 1);
  void room.then(() => {
    Atomics.store(ints, shared.pressure, 0);
    Atomics.notify(ints, shared.pressure);
  });
  return true;
}

let prompts = 0;
async function answerPrompt(execution: number, prompt: string, password: boolean): Promise<void> {
  const number = ++prompts;
  const value = await user.ask(execution, prompt, password);
  // The one who asked has been interrupted, or asks another question by now.
  if (number !== prompts) return;
  const line = Buffer.from(value ?? "").subarray(0, memory.byteLength - shared.bytes);
  Buffer.from(memory, shared.bytes).set(line);
  Atomics.store(ints, shared.length, line.length);
  Atomics.store(ints, shared.state, value === null ? 2 : 1);
  Atomics.notify(ints, shared.state);
}

async function interrupt(): Promise<void> {
  prompts++;
  user.cancel();
  requests.abortAll();
  interruption.abort(new DOMException("The cell was interrupted.", "AbortError"));
  interruption = new AbortController();
  await executor.interrupt();
}

kernel.onMessage((message) => {
  switch (message.type) {
    case "execute":
      if (!message.silent) ran.push({ count: message.count, source: message.code });
      if (ran.length > rememberedCells) ran.shift();
      latest = message.execution;
      counts.set(latest, message.count);
      if (counts.size > rememberedCells) counts.delete(counts.keys().next().value!);
      return void executor.execute(message);
    case "interrupt":
      return void interrupt();
    case "stdin":
      return user.answered(message.execution, message.value);
    case "engine":
      return engine.answered(message.id, message.socketPath, message.error);
    case "comm":
      return kernel.send({ type: "delivered", execution: message.execution });
    case "ask":
      return void answerQuestion(message.question, evaluator, language).then((answer) =>
        kernel.send({ type: "answer", id: message.id, answer }),
      );
  }
});
kernel.send({ type: "ready" });
