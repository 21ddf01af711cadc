/** What a front end gives: comms with the kernel of the notebook that the page shows. */
export interface Comms {
  /** Which front end: `lab`, `classic`, `anywidget`, `socket`. */
  readonly front: string;
  /** Opens a comm of the target `fused.widget`; undefined where no kernel can be reached now. */
  open(data: object): CommLine | undefined | Promise<CommLine | undefined>;
  /**
   * Hears when a kernel can be reached (again), and when it has gone: restarted, ended, its socket dropped.
   * @returns ends it
   */
  onKernel(listener: (isAlive: boolean) => void): () => void;
}

/** One comm. */
export interface CommLine {
  send(data: object): void;
  onMessage(listener: (data: unknown, buffers: DataView[]) => void): void;
  /** The kernel has closed it. */
  onClose(listener: () => void): void;
  close(): void;
}

/** Comms of a page that has none of our code yet but its loader, and opens `fused.page` as well. */
export interface LoaderComms extends Comms {
  open(data: object, target?: string): CommLine | undefined | Promise<CommLine | undefined>;
}
