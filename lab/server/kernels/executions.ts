import { randomUUID } from "node:crypto";
import { Outbox, defaultLimits } from "./outbox.ts";
import { contentOf, metadataOf, writeMessage } from "./message.ts";
import type { KernelMessage } from "./message.ts";

/** A cell that a page has asked the kernel to run. */
interface Execution {
  request: KernelMessage;
  cellId: string;
  /** Of the page that shows it. */
  session: string;
  /** Its outputs so far, bounded as those for a page that is away. */
  outputs: Outbox;
  /** What it asks its user, while that waits for an answer. */
  question: KernelMessage | undefined;
  replied: boolean;
  idle: boolean;
}

/** How a page names an execution that it could go on showing. */
export interface ExecutionModel {
  msg_id: string;
  cell_id: string;
}

/** Bytes of outputs of finished executions that are kept for a page to come; beyond it the oldest go. */
const mostKept = 64e6;

/** Comms are not among them: a page that comes asks their kernel for what they are. */
const kept = new Set([
  ...["status", "execute_input", "execute_reply", "stream", "display_data", "update_display_data"],
  ...["execute_result", "error", "clear_output"],
]);

/**
 * Cells that are running, or have ended while no page was there that had asked for them: a page that is loaded anew is
 * another client, and would learn nothing of them. It sends their requests again, under the same msg_id, and gets all of
 * their outputs instead of another run.
 */
export class Executions {
  readonly #all = new Map<string, Execution>();
  readonly #isHere: (session: string) => boolean;

  /** @param isHere whether the page of that session is connected */
  constructor(isHere: (session: string) => boolean) {
    this.#isHere = isHere;
  }

  /** Those whose page is not there. */
  get orphans(): ExecutionModel[] {
    const left = [...this.#all].filter(([, { session }]) => !this.#isHere(session));
    return left.map(([msg_id, { cellId }]) => ({ msg_id, cell_id: cellId }));
  }

  /** Notes what a page asks of the kernel. Requests that name no cell are not kept: nobody would find their place. */
  begin(request: KernelMessage): void {
    const { cellId } = metadataOf(request);
    if (typeof cellId !== "string") return;
    for (const [id, earlier] of this.#all) if (earlier.cellId === cellId && isOver(earlier)) this.#all.delete(id);
    const id = request.header.msg_id;
    const outputs = new Outbox(() => this.#all.delete(id), defaultLimits);
    const { session } = request.header;
    this.#all.set(id, { request, cellId, session, outputs, question: undefined, replied: false, idle: false });
  }

  /** Keeps what the kernel says of an execution. */
  note(message: KernelMessage): void {
    const execution = this.#all.get(message.parent.msg_id ?? "");
    if (!execution) return;
    const { msg_type } = message.header;
    if (msg_type === "input_request") execution.question = message;
    if (!kept.has(msg_type)) return;
    execution.outputs.push(message);
    if (msg_type === "execute_reply") execution.replied = true;
    if (msg_type === "status") execution.idle = contentOf(message).execution_state === "idle";
    if (!isOver(execution)) return;
    if (this.#isHere(execution.session)) this.#all.delete(message.parent.msg_id!);
    else this.#forgetOldest();
  }

  /** A question has been answered: only one is asked at a time. */
  answered(): void {
    for (const execution of this.#all.values()) execution.question = undefined;
  }

  /** A page's socket broke and is there again: it has got everything, from what waited for it. */
  cameBack(sessions: Set<string>): void {
    for (const [id, execution] of this.#all)
      if (isOver(execution) && sessions.has(execution.session)) this.#all.delete(id);
  }

  /**
   * Gives a page that goes on showing an execution all of its outputs.
   * @param request what the page has sent
   * @returns false where it is a request that the kernel has not had yet
   */
  resume(request: KernelMessage, page: Outbox): boolean {
    const execution = this.#all.get(request.header.msg_id);
    if (!execution) return false;
    const { outputs, question } = execution;
    execution.session = request.header.session;
    const messages: KernelMessage[] = [];
    outputs.connect({ bufferedAmount: 0, send: (message) => void messages.push(message) });
    outputs.disconnect();
    // Some may have reached the page by themselves already.
    const header = { msg_id: randomUUID(), msg_type: "clear_output", session: messages[0]?.header.session ?? "" };
    if (messages.length > 0) page.push(writeMessage("iopub", header, execution.request.parts[0], { wait: false }));
    for (const message of messages) page.push(message);
    if (question) page.push(question);
    if (isOver(execution)) this.#all.delete(request.header.msg_id);
    else for (const message of messages) outputs.push(message);
    return true;
  }

  /** The kernel that ran them is no more. */
  clear(): void {
    this.#all.clear();
  }

  #forgetOldest(): void {
    const over = [...this.#all].filter(([, execution]) => isOver(execution));
    let bytes = over.reduce((sum, [, { outputs }]) => sum + outputs.waiting, 0);
    for (const [id, { outputs }] of over) {
      if (bytes <= mostKept) return;
      bytes -= outputs.waiting;
      this.#all.delete(id);
    }
  }
}

function isOver({ replied, idle }: Execution): boolean {
  return replied && idle;
}
