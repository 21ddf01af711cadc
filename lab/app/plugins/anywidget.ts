import { IJupyterWidgetRegistry } from "@jupyter-widgets/base";
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";

/** Versions of the `anywidget` front end that a kernel may ask for: what 0.11 draws, it draws for the older ones too. */
const versions = ["0.11.0", "0.10.0", "0.9.21"];

/** The front end of anywidget: widgets whose code comes with them, from any kernel. */
export const anywidget: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:anywidget",
  description: "Draws anywidget's widgets.",
  autoStart: true,
  requires: [IJupyterWidgetRegistry],
  activate: (_app: JupyterFrontEnd, registry: IJupyterWidgetRegistry) => {
    // Its module keeps what it knows of the models that it made: one instance for all.
    let loading: Promise<Record<string, unknown>> | undefined;
    const load = async () => {
      const [{ default: create }, base] = await Promise.all([import("anywidget"), import("@jupyter-widgets/base")]);
      return create(base);
    };
    for (const version of versions)
      registry.registerWidget({ name: "anywidget", version, exports: () => (loading ??= load()) as never });
  },
};
