import { widgetTarget } from "../../widget-payload.ts";
import type { CommLine, Comms } from "../comms.ts";

/** What we use of Notebook 6: `Jupyter.notebook` of `base/js/namespace`. */
export interface ClassicNotebook {
  readonly kernel: ClassicKernel | null;
  readonly events: {
    on(names: string, listener: () => void): void;
    off(names: string, listener: () => void): void;
  };
}

interface ClassicKernel {
  is_connected(): boolean;
  readonly comm_manager: { new_comm(target: string, data: object): ClassicComm };
}

interface ClassicComm {
  send(data: object): void;
  close(): void;
  on_msg(listener: (message: { content: { data: unknown }; buffers?: DataView[] }) => void): void;
  on_close(listener: () => void): void;
}

/** A kernel answers, and it does no more. */
const comes = ["kernel_ready.Kernel", "kernel_connected.Kernel"];
const goes = [
  "kernel_restarting.Kernel",
  "kernel_autorestarting.Kernel",
  "kernel_disconnected.Kernel",
  "kernel_dead.Kernel",
  "kernel_killed.Session",
  "kernel_killed.Kernel",
];

/** Comms with the kernel of a notebook in the classic Notebook. */
export function classicComms(notebook: ClassicNotebook): Comms {
  return {
    front: "classic",
    open(data) {
      const { kernel } = notebook;
      if (!kernel?.is_connected()) return undefined;
      const comm = kernel.comm_manager.new_comm(widgetTarget, data);
      const line: CommLine = {
        send: (message) => comm.send(message),
        onMessage: (listener) => comm.on_msg(({ content, buffers = [] }) => listener(content.data, buffers)),
        onClose: (listener) => comm.on_close(listener),
        close: () => comm.close(),
      };
      return line;
    },
    onKernel(listener) {
      // One restart is told of several times.
      let wasThere = notebook.kernel?.is_connected() ?? false;
      const become = (isThere: boolean) => () => {
        if (isThere === wasThere || (isThere && !notebook.kernel?.is_connected())) return;
        wasThere = isThere;
        listener(isThere);
      };
      const [here, gone] = [become(true), become(false)];
      notebook.events.on(comes.join(" "), here);
      notebook.events.on(goes.join(" "), gone);
      return () => {
        notebook.events.off(comes.join(" "), here);
        notebook.events.off(goes.join(" "), gone);
      };
    },
  };
}
