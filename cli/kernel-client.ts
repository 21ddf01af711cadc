import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../kernel/wire.ts";
import { connectChannels } from "./channels.ts";
import type { Channels, RequestChannel } from "./channels.ts";
import { createConnectionFile } from "../kernel/create-connection-file.ts";
import type { ConnectionFile } from "../kernel/create-connection-file.ts";
import { spawnKernel } from "../kernelspec/kernel-process.ts";
import type { KernelLaunch, KernelProcess } from "../kernelspec/kernel-process.ts";

/** The kernel's process has ended, or never began to answer. */
export class DeadKernelError extends Error {
  override name = "DeadKernelError";
}

/** A cell did not end in its time. */
export class CellTimeoutError extends Error {
  override name = "CellTimeoutError";
  /** False where the kernel did not even answer to the interrupt: nothing more can be run on it. */
  readonly kernelAnswers: boolean;
  constructor(message: string, kernelAnswers: boolean) {
    super(message);
    this.kernelAnswers = kernelAnswers;
  }
}

export interface ExecuteOptions {
  /** The request's msg_id, where the caller wants to know it before any output comes. */
  id?: string;
  /** Milliseconds after which the cell is interrupted; 0: never. */
  timeoutMs?: number;
}

/**
 * Milliseconds: for the first answer, for the answer to an interrupt, for the last outputs after a reply, for a
 * shutdown.
 */
const patience = { start: 60_000, interrupt: 10_000, outputs: 10_000, shutdown: 5_000 };

/** A kernel that this process started and speaks to, as one client with no stdin. */
export class KernelClient {
  /** Content of the kernel_info_reply. */
  info: Record<string, unknown> = {};
  /** Hears every message of the iopub channel. */
  onOutput: (message: Message) => void = () => undefined;

  readonly process: KernelProcess;
  readonly #launch: KernelLaunch;
  readonly #connection: ConnectionFile;
  readonly #channels: Channels;
  readonly #waiting = new Map<string, { reply: (message: Message) => void; idle: () => void }>();
  readonly #died: Promise<never>;
  readonly #atExit = () => this.#discard();

  /**
   * Starts a kernel and waits until it answers on shell and on iopub.
   * @throws DeadKernelError where it ends or stays silent instead, with what it wrote to stderr
   */
  static async start(launch: KernelLaunch): Promise<KernelClient> {
    const connection = await createConnectionFile(launch.name);
    let client: KernelClient | undefined;
    try {
      const process = await spawnKernel(launch, connection.path);
      client = new KernelClient(launch, connection, process);
      await client.#greet();
      return client;
    } catch (error) {
      client?.kill();
      connection.remove();
      throw error;
    }
  }

  private constructor(launch: KernelLaunch, connection: ConnectionFile, kernel: KernelProcess) {
    this.#launch = launch;
    this.#connection = connection;
    this.process = kernel;
    this.#channels = connectChannels(connection.info, {
      onReply: (message) => this.#waiting.get(message.parent_header.msg_id ?? "")?.reply(message),
      onOutput: (message) => {
        this.onOutput(message);
        const idle = message.header.msg_type === "status" && message.content.execution_state === "idle";
        if (idle) this.#waiting.get(message.parent_header.msg_id ?? "")?.idle();
      },
    });
    this.#died = kernel.ended.then((how) => {
      throw new DeadKernelError(`the kernel died: ${how}`);
    });
    this.#died.catch(() => undefined);
    process.on("exit", this.#atExit);
  }

  /**
   * Runs code, and waits for its reply and all of its outputs.
   * @returns content and header of the execute_reply
   * @throws CellTimeoutError, DeadKernelError
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<Message> {
    const { id = randomUUID(), timeoutMs = 0 } = options;
    const pending = this.#request(
      "shell",
      "execute_request",
      {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        // One request at a time: there is no queue to drop, and a kernel may still be dropping when the next one comes.
        stop_on_error: false,
      },
      id,
    );
    const late = timeoutMs > 0 ? await within(timeoutMs, pending.reply) : false;
    if (late) {
      const seconds = `${timeoutMs / 1000} s`;
      void this.interrupt().catch(() => undefined);
      if (await within(patience.interrupt, pending.reply)) {
        throw new CellTimeoutError(
          `the cell ran longer than its timeout of ${seconds}, and the kernel did not answer to an interrupt`,
          false,
        );
      }
      await within(patience.outputs, pending.idle);
      throw new CellTimeoutError(`the cell ran longer than its timeout of ${seconds} and was interrupted`, true);
    }
    const reply = await pending.reply;
    await within(patience.outputs, pending.idle);
    return reply;
  }

  /** Sends any request on shell. @returns content of its reply */
  async request(type: string, content: Record<string, unknown>): Promise<Record<string, unknown>> {
    return (await this.#request("shell", type, content).reply).content;
  }

  /** Sends a message on shell that has no reply: a comm's. */
  async send(type: string, content: Record<string, unknown>): Promise<void> {
    await this.#channels.send("shell", type, content);
  }

  /** Interrupts what is running, in the way the kernelspec asks for. */
  async interrupt(): Promise<void> {
    if (this.#launch.interruptMode === "signal") this.process.signal("SIGINT");
    else await this.#request("control", "interrupt_request", {}).reply;
  }

  /** Asks the kernel to end; kills it where it does not. Nothing of it is left afterwards, process or file. */
  async shutdown(): Promise<void> {
    if (this.process.alive()) {
      await this.#channels.send("control", "shutdown_request", { restart: false }).catch(() => undefined);
      const stays = await within(patience.shutdown, this.process.ended);
      if (stays) this.process.signal("SIGKILL");
      await this.process.ended;
    }
    this.#close();
  }

  /** Ends the kernel and whatever it started at once. */
  kill(): void {
    this.#discard();
    this.#close();
  }

  #discard(): void {
    this.process.signal("SIGKILL");
    this.#connection.remove();
  }

  #close(): void {
    process.off("exit", this.#atExit);
    this.#channels.close();
    this.#connection.remove();
  }

  /**
   * Repeats kernel_info until one was answered on shell and an output has come: only then is the subscription known
   * to stand.
   */
  async #greet(): Promise<void> {
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
    const { promise: answered, resolve: answer } = Promise.withResolvers<Message>();
    this.onOutput = () => hear();
    const ready = Promise.race([Promise.all([answered, heard]), this.#died]);
    const deadline = performance.now() + patience.start;
    const ids: string[] = [];
    for (let wait = 50; ; wait = Math.min(wait * 1.5, 1000)) {
      const request = this.#request("shell", "kernel_info_request", {});
      ids.push(request.id);
      request.reply.then(answer, () => undefined);
      if (!(await within(wait, ready))) break;
      if (performance.now() > deadline) {
        throw new DeadKernelError(`the kernel "${this.#launch.name}" did not answer within ${patience.start / 1000} s`);
      }
    }
    for (const id of ids) this.#waiting.delete(id);
    this.info = (await answered).content;
    this.onOutput = () => undefined;
  }

  #request(channel: RequestChannel, type: string, content: Record<string, unknown>, id: string = randomUUID()) {
    const replied = Promise.withResolvers<Message>();
    const quiet = Promise.withResolvers<void>();
    this.#waiting.set(id, { reply: replied.resolve, idle: quiet.resolve });
    this.#channels.send(channel, type, content, id).catch(replied.reject);
    const reply = Promise.race([replied.promise, this.#died]);
    const idle = Promise.race([quiet.promise, this.#died]);
    const forget = () => this.#waiting.delete(id);
    Promise.allSettled([reply, idle]).then(forget, forget);
    reply.catch(() => undefined);
    idle.catch(() => undefined);
    return { id, reply, idle };
  }
}

/** Waits for a promise, but not for ever. @returns true where it took too long; rejects where the promise does */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  try {
    return await Promise.race([promise.then(() => false), sleep(milliseconds, true, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}
