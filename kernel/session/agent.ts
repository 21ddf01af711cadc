import "../../magics/builtin.ts";
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { openChannel } from "../channel.ts";
import { registerHead } from "../../magics/user-magic.ts";
import { createLanguageSlot, type Typecheck } from "../language/language-slot.ts";
import { problemsText } from "../language/type-problems.ts";
import { answerQuestion } from "./answer-question.ts";
import { spareChild } from "./children.ts";
import { createEvaluator } from "./evaluate.ts";
import { createExecutor } from "./execute.ts";
import type { FromSession, ToSession } from "./messages.ts";
import { readRing } from "./read-ring.ts";
import type { AgentData, ToMain } from "./records.ts";

/**
 * Entry of the agent: the session's worker thread between the kernel and the main thread. It transpiles cells, has them
 * evaluated through the inspector, passes on what they print and show, and ends the process when the kernel is gone.
 */
const data = workerData as AgentData;
const main = parentPort!;
const tellMain = (message: ToMain): void => main.postMessage(message);

const stream = new Socket({ fd: 3, readable: true, writable: true });
const kernel = openChannel<ToSession, FromSession>(stream);
stream.on("close", endProcess);
stream.on("end", endProcess);

/** The kernel has gone: so do we, and what the cells started, also when the main thread is busy. */
function endProcess(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}

const inspector = new Session();
inspector.connectToMainThread();

/** Cells of this session, for `%history`. */
const ran: { count: number; source: string }[] = [];
const rememberedCells = 10_000;

const evaluator = await createEvaluator(inspector);
const ring = readRing(data.ring, kernel);
const language = createLanguageSlot({
  folder: process.cwd(),
  serverStarted: spareChild,
  report({ source, name, execution }, problems) {
    kernel.send({ type: "stream", execution, name: "stderr", text: problemsText(problems, source, name) });
  },
});
const executor = createExecutor({ kernel, evaluator, ring, gate: data.gate, tellMain, language });

main.on("message", () => ring.wake());
ring.onMessage((message) => {
  switch (message.type) {
    case "stdin":
      return executor.askForInput(message);
    case "engine":
      return kernel.send({ type: "engine", id: message.id });
    case "finished":
      return executor.finished(message);
    case "answer":
      return executor.answered(message);
    case "evaluate":
      return void executor.evaluateMore(message);
    case "inspect": {
      const { name, detail, id } = message;
      const question = { about: "inspect", code: name, cursor: name.length, detail } as const;
      return void answerQuestion(question, evaluator, language).then((found) => {
        const text = (found.data as Record<string, string> | undefined)?.["text/plain"];
        tellMain({ type: "inspected", id, text: text ?? `${name} is not known here.` });
      });
    }
    case "magic":
      return registerHead(message.head);
    case "history":
      return tellMain({ type: "history", id: message.id, entries: ran });
    case "setting":
      language.typecheck = message.value as Typecheck;
      return;
    case "forgotten":
      return language.forget(message.name);
    case "stray":
      return executor.showStray(message);
    default:
      return kernel.send(message);
  }
});

kernel.onMessage((message) => {
  switch (message.type) {
    case "execute":
      if (!message.silent) ran.push({ count: message.count, source: message.code });
      if (ran.length > rememberedCells) ran.shift();
      return void executor.execute(message);
    case "interrupt":
      return void executor.interrupt();
    case "stdin":
      return answerInput(message.value);
    case "engine":
    case "comm":
    case "widget":
      return tellMain(message);
    case "ask":
      return void answerQuestion(message.question, evaluator, language).then((answer) =>
        kernel.send({ type: "answer", id: message.id, answer }),
      );
  }
});

function answerInput(value: string | null): void {
  const ints = new Int32Array(data.stdin, 0, 2);
  const bytes = Buffer.from(value ?? "").subarray(0, data.stdin.byteLength - 8);
  Buffer.from(data.stdin, 8).set(bytes);
  Atomics.store(ints, 1, bytes.length);
  Atomics.store(ints, 0, value === null ? 2 : 1);
  Atomics.notify(ints, 0);
}

// The inspector does not keep a worker alive by itself.
setInterval(() => {}, 2 ** 30);
kernel.send({ type: "ready" });
