import { widgetMime, type WidgetPayload } from "../../widget-payload.ts";
import type { ShownWidgets } from "../show-widgets.ts";
import { classicComms, type ClassicNotebook } from "./classic-comms.ts";

/** Notebook 6 loads its extensions with RequireJS. */
declare function define(modules: string[], factory: (...modules: never[]) => object): void;

type Front = typeof import("../index.ts");

interface Output {
  data?: Record<string, unknown>;
}

interface OutputArea {
  outputs: Output[];
  create_output_subarea(metadata: object, classes: string, mime: string): { 0: HTMLElement };
}

interface OutputAreaClass {
  prototype: {
    register_mime_type(
      mime: string,
      append: (
        this: OutputArea,
        value: WidgetPayload,
        metadata: object,
        element: { append(area: object): void },
      ) => object,
      options: { safe: boolean; index: number },
    ): void;
  };
}

interface Cell {
  output_area?: OutputArea;
}

type Notebook = ClassicNotebook & { get_cells(): Cell[]; render_cell_output(cell: Cell): void };

/**
 * The extension of the classic Notebook: shows live displays. Safe: it runs only code that ships with it, so it serves in
 * notebooks that are not trusted as well.
 */
define(["base/js/namespace", "notebook/js/outputarea", "module"], (
  Jupyter: { notebook: Notebook },
  { OutputArea }: { OutputArea: OutputAreaClass },
  module: { uri: string },
) => ({
  load_ipython_extension() {
    const { notebook } = Jupyter;
    const address = new URL("widgets/front.js", new URL(module.uri, document.baseURI)).href;
    let front: Promise<Front> | undefined;
    const comms = classicComms(notebook);

    OutputArea.prototype.register_mime_type(
      widgetMime,
      function append(payload, metadata, element) {
        const area = this.create_output_subarea(metadata, "output_fused", widgetMime);
        const host = area[0];
        element.append(area);
        void showIn(host, payload, this);
        return area;
      },
      // Before HTML, which is the same display without its kernel.
      { safe: true, index: 0 },
    );

    async function showIn(host: HTMLElement, payload: WidgetPayload, { outputs }: OutputArea): Promise<void> {
      let shown: ShownWidgets;
      try {
        front ??= import(address) as Promise<Front>;
        const { showWidgets } = await front;
        // The output that is being drawn is listed after it has been, and is a copy of what was drawn.
        const [first] = payload.widgets;
        const isShown = (output: Output) => (output.data?.[widgetMime] as WidgetPayload)?.widgets[0]?.id === first?.id;
        const data = outputs.find(isShown)?.data ?? {};
        const [picture, text] = [data["image/png"], data["text/plain"]].map((each) => each as string | undefined);
        shown = showWidgets(host, payload, { comms, picture, text });
      } catch (error) {
        front = undefined;
        host.textContent = `The display could not be loaded: ${(error as Error).message}`;
        return;
      }
      const observer = new MutationObserver(() => {
        if (host.isConnected) return;
        observer.disconnect();
        shown.dispose();
      });
      observer.observe(document.getElementById("notebook-container") ?? document.body, {
        childList: true,
        subtree: true,
      });
    }

    // Outputs that were on the page before the extension are drawn again.
    for (const cell of notebook.get_cells()) {
      if (cell.output_area?.outputs.some(({ data }) => data?.[widgetMime] !== undefined))
        notebook.render_cell_output(cell);
    }
  },
}));
