import type { MimeBundle } from "../widgets/mime-bundle.ts";
import type { Comms } from "./comms.ts";
import type { EngineHost } from "./engine-host.ts";
import type { Iopub, Parent } from "./iopub.ts";
import type { SessionLaunch } from "./session-launch.ts";
import type { Scrubber } from "./scrub/scrubber.ts";
import { startSession, type SessionProcess } from "./session-process.ts";
import type { CommMessage, FromSession, Outcome, Question, ToSession, WidgetMessage } from "./session/messages.ts";

type Execute = Extract<ToSession, { type: "execute" }>;

export interface ExecuteResult {
  outcome: Outcome;
  payload: Record<string, unknown>[];
}

export interface ExecuteOptions {
  parent: Parent;
  /** Asks the front end for a line; absent where it does not take input. */
  askForInput?: (prompt: string, password: boolean) => Promise<string>;
}

/** A cell that the session has. */
export interface SentCell {
  readonly execution: number;
  /** From here on what it puts out is shown. @returns what became of it */
  open(): Promise<ExecuteResult>;
  /** Nobody is to hear of it. */
  drop(): void;
}

/** The kernel's place for a session: routes its messages, and starts another when one ends. */
export interface SessionSlot {
  /** Sends a cell. `ahead`: the last one that was sent is not done yet, and this one waits for it. */
  execute(
    request: Omit<Execute, "type" | "execution" | "behind">,
    options: ExecuteOptions,
    behind?: SentCell,
  ): SentCell;
  ask(question: Question): Promise<Record<string, unknown>>;
  /**
   * Hands a front end's comm message to the session; what its listeners put out belongs to `parent`.
   * Settles when they have been called: front ends take output for a request until it is idle.
   */
  comm(message: CommMessage, parent: Parent): Promise<void>;
  /** Hands a widget's handle what its half in the kernel says; a session that has ended has no handles. */
  widget(message: WidgetMessage): void;
  interrupt(): void;
  close(): Promise<void>;
}

/** Where the slot passes on what concerns displays. */
export interface DisplayLines {
  fromHandles(message: FromHandles): void;
  /** Gives a bundle what front ends show it with. */
  dress(bundle: MimeBundle, parent: Parent): MimeBundle;
}

/** What the session says of its displays. */
export type FromHandles = Extract<FromSession, { type: "widget.define" | "widget" }>;

interface Execution extends ExecuteOptions {
  count: number;
  payload: Record<string, unknown>[];
  settle: (outcome: Outcome) => void;
  /** What it put out before its turn to be shown; undefined from then on. */
  held: FromSession[] | undefined;
}

/** Bytes that may wait for slow front ends before the session is held back. */
const pendingLimit = 64 << 20;
/** Sessions that end this soon after their start, this often, are not started again but for the next request. */
const quickEnd = { milliseconds: 2000, times: 5 };

export function runSession(
  iopub: Iopub,
  engine: EngineHost,
  comms: Comms,
  { fromHandles, dress }: DisplayLines,
  launch: () => SessionLaunch,
  scrubber: Scrubber,
): SessionSlot {
  const executions = new Map<number, Execution>();
  const parents = new Map<number, Parent>();
  const answers = new Map<number, (answer: Record<string, unknown>) => void>();
  const deliveries = new Map<number, () => void>();
  let lastExecution = 0;
  let lastQuestion = 0;
  let latestParent: Parent = {};
  let closed = false;
  let quickEnds = 0;
  let started = Date.now();
  let ended = false;
  let session: SessionProcess = start();

  /** What comes late, from a timer say, finds its request for this many requests. */
  function remember(number: number, parent: Parent): void {
    parents.set(number, parent);
    if (parents.size > 1000) parents.delete(parents.keys().next().value!);
  }

  function start(): SessionProcess {
    started = Date.now();
    ended = false;
    const events = {
      message: receive,
      rawText: (name: "stdout" | "stderr", text: string) => iopub.stream(latestParent, name, text),
      ended: recover,
    };
    const made = startSession(events, launch());
    for (const message of comms.controls.values()) made.send({ type: "comm", execution: 0, message });
    return made;
  }

  function recover(why: string): void {
    if (closed) return;
    quickEnds = Date.now() - started < quickEnd.milliseconds ? quickEnds + 1 : 0;
    ended = true;
    if (quickEnds < quickEnd.times) session = start();
    const evalue = `${why} A new session has started; variables of earlier cells are gone: run their cells again.`;
    for (const [, { settle }] of executions) {
      settle({ status: "error", ename: "SessionEnded", evalue, traceback: [`SessionEnded: ${evalue}`] });
    }
    if (executions.size === 0) iopub.stream(latestParent, "stderr", `${evalue}\n`);
    for (const [, answer] of answers) answer({});
    for (const [, delivered] of deliveries) delivered();
    deliveries.clear();
    comms.clear();
  }

  function receive(message: FromSession): void {
    if (message.type === "answer") {
      answers.get(message.id)?.(message.answer);
      return;
    }
    if (message.type === "engine") return void startEngine(message.id);
    if (message.type === "ready") return;
    // Known before whatever comes after it can show it.
    if (message.type === "secrets") return scrubber.know(message.values);
    // A display is known before it is shown, and what belongs to displays belongs to no cell.
    if (message.type === "widget.define" || message.type === "widget") return fromHandles(message);
    const execution = executions.get(message.execution);
    if (execution?.held) {
      execution.held.push(message);
      return;
    }
    const parent = execution?.parent ?? parents.get(message.execution) ?? latestParent;
    switch (message.type) {
      case "stream":
        iopub.stream(parent, message.name, message.text);
        break;
      case "display": {
        const { displayId, update } = message;
        const bundle = dress(message.bundle, parent);
        const transient = displayId === undefined ? {} : { display_id: displayId };
        iopub.publish(update ? "update_display_data" : "display_data", parent, { ...bundle, transient });
        break;
      }
      case "clear":
        iopub.publish("clear_output", parent, { wait: message.wait });
        break;
      case "result":
        iopub.publish("execute_result", parent, {
          ...dress(message.bundle, parent),
          execution_count: execution?.count ?? 0,
        });
        break;
      case "publish": {
        const { type, content, metadata, buffers } = message.message;
        comms.note(message.message);
        iopub.publish(type, parent, content, {
          metadata,
          buffers: buffers.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength)),
        });
        break;
      }
      case "payload":
        execution?.payload.push(message.payload);
        break;
      case "stdin":
        void answerInput(message.execution, message.prompt, message.password);
        break;
      case "delivered":
        deliveries.get(message.execution)?.();
        deliveries.delete(message.execution);
        break;
      case "done":
        void done(message.execution, message.outcome);
        break;
    }
    if (iopub.pending() > pendingLimit) holdBack();
  }

  let held = false;
  function holdBack(): void {
    if (held) return;
    held = true;
    const of = session;
    of.pause();
    const timer = setInterval(() => {
      if (iopub.pending() > pendingLimit / 2) return;
      clearInterval(timer);
      held = false;
      of.resume();
    }, 5);
  }

  async function done(number: number, outcome: Outcome): Promise<void> {
    const of = session;
    await of.outputRead();
    executions.get(number)?.settle(outcome);
  }

  async function answerInput(number: number, prompt: string, password: boolean): Promise<void> {
    const ask = executions.get(number)?.askForInput;
    const of = session;
    const value = ask ? await ask(prompt, password) : null;
    of.send({ type: "stdin", execution: number, value });
  }

  async function startEngine(id: number): Promise<void> {
    const of = session;
    try {
      of.send({ type: "engine", id, socketPath: await engine.socketPath() });
    } catch (error) {
      of.send({ type: "engine", id, error: (error as Error).message });
    }
  }

  function send(message: ToSession): void {
    if (ended && !closed) session = start();
    session.send(message);
  }

  return {
    execute(request, options, behind) {
      const number = ++lastExecution;
      const { promise, resolve: settle } = Promise.withResolvers<Outcome>();
      const execution: Execution = { ...options, count: request.count, payload: [], settle, held: [] };
      executions.set(number, execution);
      send({ type: "execute", execution: number, ...request, ...(behind && { behind: behind.execution }) });
      return {
        execution: number,
        async open() {
          latestParent = options.parent;
          remember(number, options.parent);
          const held = execution.held ?? [];
          execution.held = undefined;
          for (const message of held) receive(message);
          const outcome = await promise;
          executions.delete(number);
          return { outcome, payload: execution.payload };
        },
        drop: () => void executions.delete(number),
      };
    },
    ask(question) {
      const id = ++lastQuestion;
      return new Promise((resolve) => {
        const timer = setTimeout(() => settle({}), 5000);
        const settle = (answer: Record<string, unknown>) => {
          clearTimeout(timer);
          answers.delete(id);
          resolve(answer);
        };
        answers.set(id, settle);
        send({ type: "ask", id, question });
      });
    },
    comm(message, parent) {
      const number = ++lastExecution;
      remember(number, parent);
      const delivered = new Promise<void>((resolve) => deliveries.set(number, resolve));
      send({ type: "comm", execution: number, message });
      return delivered;
    },
    widget(message) {
      if (!ended) session.send({ type: "widget", ...message });
    },
    interrupt: () => session.send({ type: "interrupt" }),
    async close() {
      closed = true;
      await session.kill();
    },
  };
}
