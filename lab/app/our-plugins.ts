import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { anywidget } from "./plugins/anywidget.ts";
import { about, logo } from "./plugins/brand.ts";
import { fusedWidgets } from "./plugins/fused-widgets.ts";
import { geojsonFiles } from "./plugins/geojson-files.ts";
import { kernelsLost } from "./plugins/kernels-lost.ts";
import { plotly } from "./plugins/plotly.ts";
import { restartedElsewhere } from "./plugins/restarted-elsewhere.ts";
import { runningCells } from "./plugins/running-cells.ts";
import { welcome } from "./plugins/welcome.ts";

/** Our own plugins. One that is written elsewhere in the repository is imported here, and bundled with the others. */
export const ourPlugins: JupyterFrontEndPlugin<unknown>[] = [
  about,
  anywidget,
  fusedWidgets,
  geojsonFiles,
  kernelsLost,
  logo,
  restartedElsewhere,
  runningCells,
  welcome,
] as never;

export const ourMimeExtensions: IRenderMime.IExtension[] = [plotly];
