import type { ShownWidgets } from "../show-widgets.ts";
import { widgetMime } from "../../widget-payload.ts";
import type { WidgetPayload } from "../../widget-payload.ts";
import { labComms } from "./lab-comms.ts";
import type { LabSession } from "./lab-comms.ts";

type Front = typeof import("../index.ts");

/** The parts of JupyterLab that the plugin is made with: those of the page that it runs in. */
export interface LabParts {
  /** @lumino/widgets' class. */
  Widget: new () => { readonly node: HTMLElement; addClass(name: string): void; dispose(): void };
  /** Tokens of @jupyterlab/rendermime, @jupyterlab/notebook and @jupyterlab/console. */
  IRenderMimeRegistry: unknown;
  INotebookTracker: unknown;
  IConsoleTracker?: unknown;
  /** Fetches dist/widgets/front.js. */
  loadFront(): Promise<Front>;
}

interface MimeModel {
  readonly data: Record<string, unknown>;
}

interface Registry {
  addFactory(factory: object, rank?: number): void;
}

interface Tracker<Panel> {
  forEach(visit: (panel: Panel) => void): void;
  readonly widgetAdded: { connect(slot: (sender: unknown, panel: Panel) => void): unknown };
}

interface NotebookPanel {
  readonly content: { readonly rendermime: Registry };
  readonly sessionContext: LabSession;
}

interface ConsolePanel {
  readonly console: { readonly rendermime: Registry };
  readonly sessionContext: LabSession;
}

/** Before HTML (50) and ipywidgets' views (-10): where the extension is, its renderer shows the display. */
const rank = -20;

/**
 * JupyterLab's plugin that shows live displays. Their renderer is safe: it runs only code that ships with it, so it
 * serves in notebooks that are not trusted as well.
 */
export function widgetsPlugin(parts: LabParts): object {
  const { IRenderMimeRegistry, INotebookTracker, IConsoleTracker } = parts;
  return {
    id: "fused-kernel:widgets",
    description: "Live maps and tables of fused-kernel.",
    autoStart: true,
    requires: [IRenderMimeRegistry],
    optional: [INotebookTracker, IConsoleTracker].filter((token) => token !== undefined),
    activate(_app: unknown, registry: Registry, notebooks?: Tracker<NotebookPanel>, consoles?: Tracker<ConsolePanel>) {
      registry.addFactory(factory(parts), rank);
      const addTo = (rendermime: Registry, session: LabSession) => rendermime.addFactory(factory(parts, session), rank);
      const addNotebook = ({ content, sessionContext }: NotebookPanel) => addTo(content.rendermime, sessionContext);
      const addConsole = ({ console: own, sessionContext }: ConsolePanel) => addTo(own.rendermime, sessionContext);
      notebooks?.forEach(addNotebook);
      notebooks?.widgetAdded.connect((_, panel) => addNotebook(panel));
      consoles?.forEach(addConsole);
      consoles?.widgetAdded.connect((_, panel) => addConsole(panel));
    },
  };
}

/** @param session of the notebook; absent: the display stays its picture */
function factory({ Widget, loadFront }: LabParts, session?: LabSession): object {
  class Renderer extends Widget {
    #shown: ShownWidgets | undefined;

    async renderModel({ data }: MimeModel): Promise<void> {
      const { showWidgets } = await loadFront();
      this.#shown?.dispose();
      this.addClass("fused-widgets");
      this.#shown = showWidgets(this.node, data[widgetMime] as unknown as WidgetPayload, {
        ...(session && { comms: labComms(session) }),
        picture: asText(data["image/png"]),
        text: asText(data["text/plain"]),
      });
    }

    override dispose(): void {
      this.#shown?.dispose();
      super.dispose();
    }
  }
  return { safe: true, mimeTypes: [widgetMime], defaultRank: rank, createRenderer: () => new Renderer() };
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
