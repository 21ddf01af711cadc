import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";

/** What KernelConnection does when its own page restarts the kernel; it has no public name for a restart by another. */
interface RestartedKernel extends Kernel.IKernelConnection {
  _updateStatus(status: Kernel.Status): void;
  _clearKernelState(): void;
}

/**
 * A kernel that two pages show is restarted by one of them: the other learns it from the server's events, ends what it still
 * waits for, lets go of widgets whose half in the kernel is gone, and says so. Jupyter's own server leaves it in the dark
 * (https://github.com/jupyter-server/jupyter_server/issues/247).
 */
export const restartedElsewhere: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:restarted-elsewhere",
  description: "Follows restarts of a kernel that another page has asked for.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: ({ serviceManager }: JupyterFrontEnd, notebooks: INotebookTracker) => {
    serviceManager.events.stream.connect((_, event) => {
      if (event.action !== "restart") return;
      notebooks.forEach(({ sessionContext, title }) => {
        const kernel = sessionContext.session?.kernel as RestartedKernel | null | undefined;
        // The page that asked is restarting by itself.
        if (kernel?.id !== event.kernel_id || !kernel || kernel.status === "restarting") return;
        kernel._updateStatus("restarting");
        kernel._clearKernelState();
        void kernel.reconnect();
        Notification.info(`The kernel of ${title.label} was restarted in another page: its variables are gone.`, {
          autoClose: 10_000,
        });
      });
    });
  },
};
