import type { KernelLaunch } from "../../../kernelspec/kernel-process.ts";
import { HttpError } from "../http-error.ts";
import { RunningKernel } from "./running-kernel.ts";
import type { KernelModel } from "./running-kernel.ts";

/** Milliseconds that a kernel waits for the page that it was started ahead for. */
const waitsForPage = 30_000;

/** The kernels that this server has started. They end with it. */
export class KernelRegistry {
  readonly #kernels = new Map<string, RunningKernel>();
  /** Started ahead, by what they were started with; nobody has asked for them yet, and no list names them. */
  readonly #ahead = new Map<string, RunningKernel>();
  readonly #atExit = () => [...this.#kernels.values(), ...this.#ahead.values()].forEach((kernel) => kernel.kill());

  constructor() {
    process.on("exit", this.#atExit);
  }

  list(): KernelModel[] {
    return [...this.#kernels.values()].map(({ model }) => model);
  }

  find(id: string): RunningKernel | undefined {
    return this.#kernels.get(id);
  }

  /** @throws HttpError 404 */
  get(id: string): RunningKernel {
    const kernel = this.#kernels.get(id);
    if (!kernel) throw new HttpError(404, `Kernel does not exist: ${id}`);
    return kernel;
  }

  /** Kernels that wait for the page they were started for. */
  get ahead(): RunningKernel[] {
    return [...this.#ahead.values()];
  }

  /**
   * Starts a kernel for a page that is on its way and will ask for one in a second or two. Where no page does, it ends.
   */
  startAhead(launch: KernelLaunch): void {
    const key = JSON.stringify(launch);
    if (this.#ahead.has(key)) return;
    const kernel = new RunningKernel(launch);
    this.#ahead.set(key, kernel);
    const end = () => {
      if (this.#ahead.get(key) !== kernel) return;
      this.#ahead.delete(key);
      void kernel.shutdown();
    };
    // What is wrong is told to the page that asks for it.
    kernel.start().catch(end);
    setTimeout(end, waitsForPage).unref();
  }

  /**
   * @param id of a kernel that clients know from before; default: a new one
   * @throws HttpError 500 where its program cannot be started
   */
  async start(launch: KernelLaunch, id?: string): Promise<RunningKernel> {
    const ahead = id === undefined ? this.#takeAhead(launch) : undefined;
    const kernel = ahead ?? new RunningKernel(launch, id);
    this.#kernels.set(kernel.id, kernel);
    if (ahead) return ahead;
    try {
      await kernel.start();
    } catch (error) {
      this.#kernels.delete(kernel.id);
      const { message } = error as Error;
      throw new HttpError(500, message, { reason: message, traceback: "" });
    }
    return kernel;
  }

  /** @throws HttpError 404 */
  async shutdown(id: string): Promise<void> {
    const kernel = this.get(id);
    this.#kernels.delete(id);
    await kernel.shutdown();
  }

  /** Ends all kernels; clients are told that the server may come back. */
  async close(): Promise<void> {
    const all = [...this.#kernels.values(), ...this.#ahead.values()];
    await Promise.all(all.map((kernel) => kernel.shutdown(1012)));
    this.#kernels.clear();
    this.#ahead.clear();
    process.off("exit", this.#atExit);
  }

  #takeAhead(launch: KernelLaunch): RunningKernel | undefined {
    const key = JSON.stringify(launch);
    const kernel = this.#ahead.get(key);
    this.#ahead.delete(key);
    return kernel?.model.execution_state === "dead" ? undefined : kernel;
  }
}
