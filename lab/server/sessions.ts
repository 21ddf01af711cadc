import { randomUUID } from "node:crypto";
import { HttpError } from "./http-error.ts";
import type { KernelRegistry } from "./kernels/kernel-registry.ts";
import type { KernelModel, RunningKernel } from "./kernels/running-kernel.ts";

/** What ties a document to its kernel. */
export interface Session {
  id: string;
  path: string;
  name: string;
  type: string;
  kernelId: string;
}

export interface SessionModel {
  id: string;
  path: string;
  name: string;
  type: string;
  kernel: KernelModel;
  /** The name by which Notebook knows a session's document. */
  notebook?: { path: string; name: string };
}

/** What a front end asks for; the kernel by id where it runs, else by the name of its kernelspec. */
export interface SessionRequest {
  path?: unknown;
  name?: unknown;
  type?: unknown;
  kernel?: { id?: unknown; name?: unknown } | null;
}

export type StartKernel = (name: string | undefined, path: string) => Promise<RunningKernel>;

/** The sessions of this server. One whose kernel is gone is gone too. */
export class SessionRegistry {
  readonly #kernels: KernelRegistry;
  readonly #startKernel: StartKernel;
  readonly #sessions = new Map<string, Session>();
  readonly #starting = new Map<string, Promise<Session>>();

  constructor(kernels: KernelRegistry, startKernel: StartKernel) {
    this.#kernels = kernels;
    this.#startKernel = startKernel;
  }

  list(): SessionModel[] {
    return [...this.#sessions.values()].filter((each) => this.#alive(each)).map((each) => this.#model(each));
  }

  /** @throws HttpError 404 */
  get(id: string): SessionModel {
    return this.#model(this.#find(id));
  }

  /** The document's session where it has one; else a new one, with a kernel. @throws HttpError */
  async open({ path, name, type, kernel }: SessionRequest): Promise<SessionModel> {
    if (typeof path !== "string" || typeof type !== "string") throw new HttpError(400, "a session needs path and type");
    const there = [...this.#sessions.values()].find((each) => each.path === path && this.#alive(each));
    if (there) return this.#model(there);
    // Two pages that open the same notebook at once get one kernel.
    const key = path;
    let starting = this.#starting.get(key);
    if (!starting) {
      starting = this.#create(path, typeof name === "string" ? name : "", type, kernel);
      this.#starting.set(key, starting);
    }
    try {
      return this.#model(await starting);
    } finally {
      this.#starting.delete(key);
    }
  }

  /** Renames the document, or gives it another kernel: the one before ends. @throws HttpError 404 */
  async change(id: string, { path, name, type, kernel }: SessionRequest): Promise<SessionModel> {
    const session = this.#find(id);
    if (typeof path === "string") session.path = path;
    if (typeof name === "string") session.name = name;
    if (typeof type === "string") session.type = type;
    if (kernel) {
      const before = session.kernelId;
      session.kernelId = await this.#kernelFor(kernel, session.path);
      if (before !== session.kernelId && this.#kernels.find(before)) await this.#kernels.shutdown(before);
    }
    return this.#model(session);
  }

  /** Ends the session and its kernel. @throws HttpError 404, 410 where the kernel was gone already */
  async close(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    if (!session) throw new HttpError(404, `Session not found: ${id}`);
    this.#sessions.delete(id);
    if (!this.#kernels.find(session.kernelId)) throw new HttpError(410, "Kernel deleted before session");
    await this.#kernels.shutdown(session.kernelId);
  }

  async #create(path: string, name: string, type: string, kernel: SessionRequest["kernel"]): Promise<Session> {
    const session = { id: randomUUID(), path, name, type, kernelId: await this.#kernelFor(kernel, path) };
    this.#sessions.set(session.id, session);
    return session;
  }

  async #kernelFor(kernel: SessionRequest["kernel"], path: string): Promise<string> {
    if (typeof kernel?.id === "string" && kernel.id !== "") return this.#kernels.get(kernel.id).id;
    const name = typeof kernel?.name === "string" && kernel.name !== "" ? kernel.name : undefined;
    return (await this.#startKernel(name, path)).id;
  }

  #find(id: string): Session {
    const session = this.#sessions.get(id);
    if (!session || !this.#alive(session)) throw new HttpError(404, `Session not found: ${id}`);
    return session;
  }

  #alive({ id, kernelId }: Session): boolean {
    if (this.#kernels.find(kernelId)) return true;
    this.#sessions.delete(id);
    return false;
  }

  #model({ id, path, name, type, kernelId }: Session): SessionModel {
    const model = { id, path, name, type, kernel: this.#kernels.get(kernelId).model };
    return type === "notebook" ? { ...model, notebook: { path, name } } : model;
  }
}
