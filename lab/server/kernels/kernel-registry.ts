import type { KernelLaunch } from "../../../kernelspec/kernel-process.ts";
import { HttpError } from "../http-error.ts";
import { RunningKernel } from "./running-kernel.ts";
import type { KernelModel } from "./running-kernel.ts";

/** The kernels that this server has started. They end with it. */
export class KernelRegistry {
  readonly #kernels = new Map<string, RunningKernel>();
  readonly #atExit = () => this.#kernels.forEach((kernel) => kernel.kill());

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

  /**
   * @param id of a kernel that clients know from before; default: a new one
   * @throws HttpError 500 where its program cannot be started
   */
  async start(launch: KernelLaunch, id?: string): Promise<RunningKernel> {
    const kernel = new RunningKernel(launch, id);
    this.#kernels.set(kernel.id, kernel);
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
    await Promise.all([...this.#kernels.values()].map((kernel) => kernel.shutdown(1012)));
    this.#kernels.clear();
    process.off("exit", this.#atExit);
  }
}
