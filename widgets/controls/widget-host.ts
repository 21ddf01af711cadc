import type { MimeBundle } from "../mime-bundle.ts";

/** A comm as a widget uses it. */
export interface WidgetComm {
  send(data: unknown): void;
  close(): void;
  onMessage(listener: (message: { data: unknown }) => void): void;
  onClose(listener: () => void): void;
}

/** One output as notebooks store it (nbformat 4, "Code cell outputs"). */
export type CellOutput =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | ({ output_type: "display_data" } & MimeBundle)
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** What a notebook session gives its controls. */
export interface WidgetHost {
  openComm(target: string, data: unknown, options: { id: string; metadata: Record<string, unknown> }): WidgetComm;
  /** Whether a front end is there that draws Jupyter widgets. */
  hasWidgets(): boolean;
  /** Shows a bundle, or puts it in the place of what is shown under the id. */
  display(bundle: MimeBundle, id: string, update: boolean): void;
  /**
   * Runs work, and gathers what it prints and shows instead of showing it.
   * @param changed called with all outputs so far, some times a second, and at the end with the value's
   */
  collect(work: () => unknown, changed: (outputs: CellOutput[]) => void): Promise<void>;
}

/** A registered symbol, so that the bundles of widgets, SDK and magics mean the same host. */
const key: unique symbol = Symbol.for("fused.widget.host") as never;
const place = globalThis as { [key]?: WidgetHost };

export function setWidgetHost(host: WidgetHost): void {
  place[key] = host;
}

/** The session's host; undefined outside a notebook, where controls only hold their values. */
export function widgetHost(): WidgetHost | undefined {
  return place[key];
}
