import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { CodeCell } from "@jupyterlab/cells";
import { URLExt } from "@jupyterlab/coreutils";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { KernelMessage, ServerConnection, type Kernel } from "@jupyterlab/services";

/** What lab/server/kernels/executions.ts has of a cell whose page has gone. */
interface ExecutionModel {
  msg_id: string;
  cell_id: string;
}

/**
 * Cells that ran when their page was left, or that have ended since, are shown by the page that comes next: outputs, state
 * and number. JupyterLab by itself shows what was saved, and drops what comes.
 */
export const runningCells: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:running-cells",
  description: "Goes on showing cells that an earlier page has run.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, notebooks: INotebookTracker) => {
    notebooks.widgetAdded.connect((_, panel) => {
      const { context, sessionContext } = panel;
      void Promise.all([context.ready, panel.revealed, sessionContext.ready]).then(async () => {
        const kernel = sessionContext.session?.kernel;
        if (kernel && !panel.isDisposed) await goOn(panel, kernel);
      });
    });
  },
};

async function goOn(panel: NotebookPanel, kernel: Kernel.IKernelConnection): Promise<void> {
  const { serverSettings } = kernel;
  const url = URLExt.join(serverSettings.baseUrl, "lab/api/kernels", encodeURIComponent(kernel.id), "executions");
  const response = await ServerConnection.makeRequest(url, {}, serverSettings);
  if (!response.ok) return;
  for (const { msg_id, cell_id } of (await response.json()) as ExecutionModel[]) {
    const cell = panel.content.widgets.find(({ model }) => model.id === cell_id && model.type === "code");
    if (cell) follow(cell as CodeCell, kernel, msg_id);
  }
}

/** Sends the request once more: the server knows its msg_id, and answers with what the kernel has said of it. */
function follow({ model, outputArea }: CodeCell, kernel: Kernel.IKernelConnection, msgId: string): void {
  const request = KernelMessage.createMessage<KernelMessage.IExecuteRequestMsg>({
    channel: "shell",
    msgType: "execute_request",
    msgId,
    session: kernel.clientId,
    username: kernel.username,
    content: { code: "", silent: false, store_history: false, user_expressions: {}, allow_stdin: true },
  });
  const future = kernel.sendShellMessage<"execute_request">(request, true) as Kernel.IShellFuture<
    KernelMessage.IExecuteRequestMsg,
    KernelMessage.IExecuteReplyMsg
  >;
  model.executionState = "running";
  model.trusted = true;
  outputArea.future = future;
  void future.done
    .then(({ content }) => {
      model.executionCount = content.execution_count ?? null;
    })
    // The kernel was restarted.
    .catch(() => undefined)
    .finally(() => {
      if (!model.isDisposed) model.executionState = "idle";
    });
}
