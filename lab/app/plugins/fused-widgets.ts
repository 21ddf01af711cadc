import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IConsoleTracker } from "@jupyterlab/console";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { Widget } from "@lumino/widgets";
import { widgetsPlugin } from "../../../widgets/front/lab/plugin.ts";

/** Live maps and tables, built in. */
export const fusedWidgets = widgetsPlugin({
  Widget,
  IRenderMimeRegistry,
  INotebookTracker,
  IConsoleTracker,
  loadFront: () => import("../../../dist/widgets/front.js") as never,
}) as JupyterFrontEndPlugin<void>;
