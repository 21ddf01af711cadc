import type { CommLine, Comms } from "../comms.ts";
import { widgetTarget } from "../../widget-payload.ts";

/** What we use of a kernel's connection in @jupyterlab/services. */
export interface LabKernel {
  readonly connectionStatus: string;
  readonly status: string;
  createComm(target: string): LabComm;
}

export interface LabComm {
  open(data: object): unknown;
  send(data: object): unknown;
  close(): unknown;
  readonly isDisposed: boolean;
  onMsg: (message: { content: { data: unknown }; buffers?: (ArrayBuffer | ArrayBufferView)[] }) => void;
  onClose: (message: unknown) => void;
}

interface Signal {
  connect(slot: (...args: never[]) => void): unknown;
  disconnect(slot: (...args: never[]) => void): unknown;
}

/** What we use of a notebook's or a console's session. */
export interface LabSession {
  readonly session: { readonly kernel: LabKernel | null } | null;
  readonly kernelChanged: Signal;
  readonly statusChanged: Signal;
  readonly connectionStatusChanged: Signal;
}

/** Comms with the kernel of a notebook in JupyterLab or Notebook 7. */
export function labComms(of: LabSession): Comms {
  const kernelNow = (): LabKernel | undefined => {
    const kernel = of.session?.kernel;
    const isUp = kernel?.connectionStatus === "connected" && !/dead|restarting|terminating|unknown/.test(kernel.status);
    return isUp ? kernel : undefined;
  };
  return {
    front: "lab",
    open(data) {
      const comm = kernelNow()?.createComm(widgetTarget);
      if (!comm) return undefined;
      const line: CommLine = {
        send: (message) => void (comm.isDisposed || comm.send(message)),
        onMessage(listener) {
          comm.onMsg = ({ content, buffers = [] }) => listener(content.data, buffers.map(asView));
        },
        onClose(listener) {
          comm.onClose = listener;
        },
        close() {
          if (!comm.isDisposed) comm.close();
        },
      };
      comm.open(data);
      return line;
    },
    onKernel(listener) {
      let last = kernelNow();
      const look = (): void => {
        const kernel = kernelNow();
        if (kernel === last) return;
        last = kernel;
        listener(kernel !== undefined);
      };
      const signals = [of.kernelChanged, of.statusChanged, of.connectionStatusChanged];
      for (const signal of signals) signal.connect(look);
      return () => signals.forEach((signal) => signal.disconnect(look));
    },
  };
}

/** Buffers of a message come as they lie in it, or as a copy. */
function asView(buffer: ArrayBuffer | ArrayBufferView): DataView {
  return ArrayBuffer.isView(buffer)
    ? new DataView(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength)
    : new DataView(buffer);
}
