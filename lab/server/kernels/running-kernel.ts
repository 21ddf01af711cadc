import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { createConnectionFile } from "../../../kernel/create-connection-file.ts";
import type { ConnectionFile } from "../../../kernel/create-connection-file.ts";
import { spawnKernel } from "../../../kernelspec/kernel-process.ts";
import type { KernelLaunch, KernelProcess } from "../../../kernelspec/kernel-process.ts";
import { ClientLink } from "./client-link.ts";
import { Executions } from "./executions.ts";
import type { ExecutionModel } from "./executions.ts";
import { connectKernel } from "./kernel-channels.ts";
import type { KernelChannels } from "./kernel-channels.ts";
import { contentOf, writeMessage } from "./message.ts";
import type { KernelMessage } from "./message.ts";

export type KernelState = "starting" | "idle" | "busy" | "restarting" | "dead";

/** What /api/kernels says of a kernel. */
export interface KernelModel {
  id: string;
  name: string;
  last_activity: string;
  execution_state: KernelState;
  connections: number;
  reason?: string;
  traceback?: string;
}

/** A run of the kernel: from a start to its end. */
interface Run {
  process: KernelProcess;
  connection: ConnectionFile;
  channels: KernelChannels;
  startedAt: number;
  /** An end that we asked for is not a crash. */
  expected: boolean;
}

/** Milliseconds. */
const patience = { start: 60_000, shutdown: 5_000 };
/** A kernel that dies within 10 s of its start is started again four times; the fifth end is its last. */
const quickCrash = { within: 10_000, most: 5 };

/**
 * A kernel that stays the same to its clients whatever becomes of its process: started again when it crashes, with new
 * sockets, under the same id. One set of ZeroMQ sockets serves all clients.
 */
export class RunningKernel {
  readonly id: string;
  readonly launch: KernelLaunch;
  reason = "";
  traceback = "";
  lastActivity = new Date();
  readonly #session = randomUUID();
  readonly #links = new Map<string, ClientLink>();
  readonly #busy = new Set<string>();
  readonly #executions = new Executions((session) =>
    [...this.#links.values()].some(({ connected, sessions }) => connected && sessions.has(session)),
  );
  #state: KernelState = "starting";
  #run: Run | undefined;
  #kernelSession = "";
  #waiting: KernelMessage[] = [];
  #ready = Promise.withResolvers<void>();
  #answered = false;
  #heard = false;
  #crashes = 0;

  constructor(launch: KernelLaunch, id: string = randomUUID()) {
    this.launch = launch;
    this.id = id;
    this.#ready.promise.catch(() => undefined);
  }

  get model(): KernelModel {
    const { id, launch, lastActivity, reason, traceback } = this;
    const connections = [...this.#links.values()].filter(({ connected }) => connected).length;
    const model = { id, name: launch.name, last_activity: lastActivity.toISOString(), connections };
    const state = this.#state === "idle" && this.#busy.size > 0 ? "busy" : this.#state;
    return { ...model, execution_state: state, ...(reason ? { reason, traceback } : {}) };
  }

  /** Cells whose page has gone, running or not: a page that shows them may go on where that one was. */
  get orphans(): ExecutionModel[] {
    return this.#executions.orphans;
  }

  get processId(): number | undefined {
    return this.#run?.process.pid;
  }

  /** @throws Error where the kernel's program cannot be started */
  async start(): Promise<void> {
    const connection = await createConnectionFile(this.launch.name, this.id);
    let kernel: KernelProcess;
    try {
      kernel = await spawnKernel(this.launch, connection.path);
    } catch (error) {
      connection.remove();
      this.#die((error as Error).message);
      throw error;
    }
    const channels = await connectKernel(connection.info, this.#session, (message) => {
      if (this.#run === run) this.#fromKernel(message);
    });
    const run: Run = { process: kernel, connection, channels, startedAt: performance.now(), expected: false };
    this.#run = run;
    void kernel.ended.then((how) => this.#ended(run, how));
    void this.#probe(run);
  }

  /** Settles when the kernel answers; rejects where it has died for good. */
  async ready(): Promise<void> {
    await this.#ready.promise;
  }

  /** A client's socket; its session id is how it is known when it comes back. */
  attach(socket: WebSocket, sessionId: string = randomUUID()): void {
    let link = this.#links.get(sessionId);
    if (!link) {
      const created = new ClientLink(
        sessionId,
        (message) => this.#fromClient(message, created),
        () => void (this.#links.get(sessionId) === created && this.#links.delete(sessionId)),
      );
      this.#links.set(sessionId, created);
      link = created;
    }
    link.attach(socket);
    this.#executions.cameBack(link.sessions);
    if (this.#state === "dead") this.#announce("dead");
  }

  interrupt(): void {
    const run = this.#run;
    if (!run?.process.alive()) return;
    if (this.launch.interruptMode === "message") run.channels.send(this.#request("control", "interrupt_request", {}));
    else run.process.signal("SIGINT");
  }

  /** Ends the process and starts another; settles when that one answers. */
  async restart(): Promise<void> {
    this.#setState("restarting");
    this.#crashes = 0;
    await this.#end(true);
    this.reason = this.traceback = "";
    this.#reset();
    await this.start();
    await this.#ready.promise;
  }

  /** Ends the kernel for good. @param code with which its clients' sockets are closed */
  async shutdown(code = 1000): Promise<void> {
    const why = code === 1012 ? "the server ends" : "the kernel was shut down";
    if (code !== 1012) this.#announce("dead");
    this.#setState("dead");
    for (const link of this.#links.values()) link.close(code, why);
    this.#links.clear();
    this.#ready.reject(new Error(why));
    await this.#end(false);
  }

  /** Ends the process at once. */
  kill(): void {
    if (!this.#run) return;
    this.#run.expected = true;
    this.#run.process.signal("SIGKILL");
    this.#discard(this.#run);
  }

  async #end(restart: boolean): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.expected = true;
    if (run.process.alive()) {
      run.channels.send(this.#request("control", "shutdown_request", { restart }));
      const stop = new AbortController();
      const late = sleep(patience.shutdown, true, { signal: stop.signal }).catch(() => false);
      if (await Promise.race([late, run.process.ended.then(() => false)])) run.process.signal("SIGKILL");
      stop.abort();
      await run.process.ended;
    }
    // What the kernel has started and left behind in its group.
    run.process.signal("SIGKILL");
    this.#discard(run);
  }

  #discard(run: Run): void {
    run.channels.close();
    run.connection.remove();
    if (this.#run === run) this.#run = undefined;
  }

  #ended(run: Run, how: string): void {
    if (run.expected) return;
    run.process.signal("SIGKILL");
    this.#discard(run);
    this.#crashes = performance.now() - run.startedAt < quickCrash.within ? this.#crashes + 1 : 1;
    process.stderr.write(`[lab] kernel ${this.launch.name} ${this.id} died: ${how}\n`);
    if (this.#crashes >= quickCrash.most) return this.#die(how);
    this.#setState("restarting");
    this.#announce("restarting");
    this.#reset();
    this.start().catch((error: Error) => this.#die(error.message));
  }

  #die(how: string): void {
    const [first = "", ...rest] = how.split("\n");
    this.reason = `the kernel died: ${first}`;
    this.traceback = rest.join("\n");
    this.#setState("dead");
    this.#announce("dead");
    this.#ready.reject(new Error(this.reason));
  }

  #reset(): void {
    this.#busy.clear();
    this.#executions.clear();
    this.#waiting = [];
    this.#answered = this.#heard = false;
    this.#ready.promise.catch(() => undefined);
    this.#ready = Promise.withResolvers<void>();
    this.#ready.promise.catch(() => undefined);
  }

  /** Asks who the kernel is until it has answered and its outputs come through: only then does the subscription stand. */
  async #probe(run: Run): Promise<void> {
    const deadline = performance.now() + patience.start;
    for (let wait = 40; this.#run === run && !(this.#answered && this.#heard); wait = Math.min(wait * 1.5, 1000)) {
      run.channels.send(this.#request("shell", "kernel_info_request", {}));
      if (performance.now() > deadline) return this.#silent(run);
      await sleep(wait, undefined, { ref: false });
    }
  }

  #silent(run: Run): void {
    run.expected = true;
    run.process.signal("SIGKILL");
    this.#discard(run);
    this.#die(`it did not answer within ${patience.start / 1000} s of its start`);
  }

  #fromKernel(message: KernelMessage): void {
    this.lastActivity = new Date();
    if (message.header.session) this.#kernelSession = message.header.session;
    const ours = message.parent.session === this.#session;
    if (message.channel === "iopub") {
      if (message.header.msg_type === "status") this.#noteStatus(message, ours);
      if (ours || message.header.msg_type === "iopub_welcome") return;
      this.#executions.note(message);
      for (const link of this.#links.values()) link.outbox.push(message);
      return;
    }
    if (ours) {
      if (message.header.msg_type === "kernel_info_reply") this.#answered = true;
      return this.#checkReady();
    }
    this.#executions.note(message);
    const { session } = message.parent;
    const links = [...this.#links.values()];
    const asked = links.filter(({ sessions }) => session !== undefined && sessions.has(session));
    for (const link of asked.length > 0 ? asked : links) link.outbox.push(message);
  }

  #noteStatus(message: KernelMessage, ours: boolean): void {
    if (ours) {
      this.#heard = true;
      return this.#checkReady();
    }
    const request = message.parent.msg_id;
    const { execution_state } = contentOf(message);
    if (request === undefined) return;
    if (execution_state === "busy") this.#busy.add(request);
    else this.#busy.delete(request);
  }

  #checkReady(): void {
    // A kernel that is being ended answers the request to do so, too.
    if (!(this.#answered && this.#heard) || this.#state === "idle" || this.#run?.expected) return;
    this.#setState("idle");
    this.#ready.resolve();
    for (const message of this.#waiting) this.#run?.channels.send(message);
    this.#waiting = [];
  }

  #fromClient(message: KernelMessage, { outbox }: ClientLink): void {
    this.lastActivity = new Date();
    if (message.header.msg_type === "execute_request") {
      if (this.#executions.resume(message, outbox)) return;
      this.#executions.begin(message);
    }
    if (message.header.msg_type === "input_reply") this.#executions.answered();
    // Its answer would be lost on a client whose subscription does not stand yet.
    if (this.#state === "idle") this.#run?.channels.send(message);
    else if (this.#state !== "dead") this.#waiting.push(message);
  }

  #setState(state: KernelState): void {
    this.#state = state;
  }

  /** Tells all clients a status that the kernel itself cannot tell. */
  #announce(execution_state: "restarting" | "dead"): void {
    const header = { msg_id: randomUUID(), msg_type: "status", session: this.#kernelSession };
    const message = writeMessage("iopub", header, Buffer.from("{}"), { execution_state });
    for (const link of this.#links.values()) link.outbox.push(message);
  }

  #request(channel: "shell" | "control", msg_type: string, content: Record<string, unknown>): KernelMessage {
    return writeMessage(
      channel,
      { msg_id: randomUUID(), msg_type, session: this.#session },
      Buffer.from("{}"),
      content,
    );
  }
}
