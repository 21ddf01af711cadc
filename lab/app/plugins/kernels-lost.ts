import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Dialog, showDialog } from "@jupyterlab/apputils";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";

/** Sessions of several notebooks are found to be gone one after the other. */
const together = 500;

/**
 * Kernels end with their server. When it has been started again, their notebooks are offered new ones; JupyterLab by itself
 * leaves them without.
 */
export const kernelsLost: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:kernels-lost",
  description: "Offers new kernels after the server was started again.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    const lost = new Map<NotebookPanel, string>();
    let timer = 0;
    notebooks.widgetAdded.connect((_, panel) =>
      watch(panel, (kernel) => {
        lost.set(panel, kernel);
        clearTimeout(timer);
        timer = window.setTimeout(() => {
          const those = [...lost].filter(([{ isDisposed }]) => !isDisposed);
          lost.clear();
          void offer(those);
        }, together);
      }),
    );
  },
};

/** @param onLost called with the kernel's name when a notebook's session has gone while its kernel could not be reached */
function watch({ sessionContext }: NotebookPanel, onLost: (kernel: string) => void): void {
  let kernel = sessionContext.session?.kernel?.name ?? "";
  let reached = true;
  sessionContext.kernelChanged.connect((_, { newValue }) => {
    if (newValue) kernel = newValue.name;
  });
  sessionContext.connectionStatusChanged.connect((_, status) => {
    if (status === "connecting") reached = false;
    if (status === "connected") reached = true;
  });
  sessionContext.sessionChanged.connect((_, { newValue }) => {
    // A kernel that its user shuts down could be reached until then.
    if (newValue === null && !reached && kernel !== "") onLost(kernel);
    if (newValue !== null) reached = true;
  });
}

async function offer(lost: [NotebookPanel, string][]): Promise<void> {
  if (lost.length === 0) return;
  const names = lost.map(([{ title }]) => title.label).join(", ");
  const { button } = await showDialog({
    title: "The server was started again",
    body: `Its kernels had ended with it, and their variables are gone; outputs are kept. Without a kernel now: ${names}`,
    buttons: [Dialog.cancelButton({ label: "Later" }), Dialog.okButton({ label: "Start New Kernels" })],
  });
  if (!button.accept) return;
  for (const [{ isDisposed, sessionContext }, name] of lost)
    if (!isDisposed && !sessionContext.session) await sessionContext.changeKernel({ name });
}
