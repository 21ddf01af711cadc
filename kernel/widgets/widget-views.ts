import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { NamedWidget } from "../../widgets/widget-payload.ts";
import type { Comms } from "../comms.ts";
import type { Iopub, Parent } from "../iopub.ts";
import type { CommMessage } from "../session/messages.ts";
import type { Launcher } from "./launcher.ts";
import { asBuffer, type Via } from "./widgets.ts";

type Fields = Record<string, unknown>;

/** What a display has beside its widgets. */
export interface StoredView {
  widgets: NamedWidget[];
  /** Base64 PNG. */
  picture?: string;
  text?: string;
}

/** Displays as models of anywidget, for front ends that have ipywidgets and nothing else. They answer while a cell runs. */
export interface WidgetViews {
  /** Whether there is a front end that draws them, and none that has a better way. */
  areDrawn(): boolean;
  /** A front end with ipywidgets is there: asks it whether it draws anywidget's models. */
  probe(parent: Parent): void;
  /** Makes a display's model known. @returns its name, for the bundle */
  open(view: StoredView, parent: Parent): string;
  /** @returns false where the message is none of a model's */
  comm(message: CommMessage, parent: Parent): Promise<boolean>;
}

/** A model's comm message with one of a page's lines in it (widgets/front/anywidget/model-comms.ts). */
interface Inner {
  line: string;
  type: CommMessage["type"];
  target?: string;
  data: unknown;
}

/** Version of the widget messaging protocol (ipywidgets, packages/schema/messages.md). */
const metadata = { version: "2.1.0" };

export function createWidgetViews(
  iopub: Iopub,
  comms: Comms,
  { kernelId, hasOnlyWidgets }: Launcher,
  receive: (message: CommMessage, parent: Parent, via: Via) => Promise<boolean>,
): WidgetViews {
  const kernel = randomUUID();
  const layout = randomUUID();
  const models = new Map<string, Fields>();
  const byWidget = new Map<string, string>();
  const probes = new Set<string>();
  let isDrawn = hasOnlyWidgets;

  const announce = (id: string, state: Fields, parent: Parent): void =>
    iopub.publish(
      "comm_open",
      parent,
      { comm_id: id, target_name: "jupyter.widget", data: { state, buffer_paths: [] } },
      { metadata },
    );
  /** A page that is loaded again asks for all models; by then the display is live, and needs no picture. */
  const note = (id: string, { picture: _picture, ...state }: Fields): void =>
    comms.note({
      type: "comm_open",
      content: { comm_id: id, target_name: "jupyter.widget", data: { state } },
      metadata,
      buffers: [],
    });
  const openLayout = (parent: Parent): void => {
    const base = { _model_module: "@jupyter-widgets/base", _model_module_version: "2.0.0" };
    const view = { _view_module: "@jupyter-widgets/base", _view_module_version: "2.0.0", _view_name: "LayoutView" };
    const state = { ...base, _model_name: "LayoutModel", ...view };
    announce(layout, state, parent);
    note(layout, state);
  };
  const via =
    (model: string): Via =>
    (type, parent, line, data, buffers = []) => {
      const inner: Inner = { line, type, data };
      const content = { comm_id: model, data: { method: "custom", content: inner } };
      iopub.publish("comm_msg", parent, content, { buffers: buffers.map(asBuffer) });
    };

  return {
    areDrawn: () => isDrawn,
    probe(parent) {
      // Pages of a Jupyter server reach the kernel by themselves, and keep the picture where they do not.
      if (isDrawn || kernelId !== undefined) return;
      const id = randomUUID();
      probes.add(id);
      announce(id, anyModel(loader("probe"), "fused-kernel.probe", ">=0.9.0"), parent);
    },
    open({ widgets, picture, text }, parent) {
      const known = byWidget.get(widgets[0]!.id);
      if (known) return known;
      if (models.size === 0) openLayout(parent);
      const id = randomUUID();
      const version = hasOnlyWidgets ? "~0.9.*" : ">=0.9.0";
      const own = { kernel, widgets, picture: picture ?? null, text: text ?? null, layout: `IPY_MODEL_${layout}` };
      const state = { ...anyModel(loader("anywidget"), "fused-kernel.display", version), ...own };
      models.set(id, state);
      byWidget.set(widgets[0]!.id, id);
      announce(id, state, parent);
      note(id, state);
      return id;
    },
    async comm({ type, content, buffers }, parent) {
      const id = String(content.comm_id);
      const data = content.data as { method?: string; content?: Inner } | undefined;
      if (probes.has(id)) {
        if (data?.method !== "custom") return true;
        isDrawn = true;
        probes.delete(id);
        iopub.publish("comm_close", parent, { comm_id: id, data: {} });
        return true;
      }
      const state = models.get(id);
      if (!state) return false;
      // A page that is closed takes nothing from others.
      if (type !== "comm_msg") return true;
      if (data?.method === "request_state") {
        const answer = { comm_id: id, data: { method: "update", state, buffer_paths: [] } };
        iopub.publish("comm_msg", parent, answer);
      } else if (data?.method === "custom") {
        const { line, type: inner, target: target_name, data: said } = data.content!;
        const message = { type: inner, content: { comm_id: line, target_name, data: said }, metadata: {}, buffers };
        await receive(message, parent, via(id));
      }
      return true;
    },
  };
}

/** A model of anywidget: https://anywidget.dev/en/afm/ */
function anyModel(code: string, name: string, version: string): Fields {
  return {
    _model_module: "anywidget",
    _model_module_version: version,
    _model_name: "AnyModel",
    _view_module: "anywidget",
    _view_module_version: version,
    _view_name: "AnyView",
    _view_count: null,
    _dom_classes: [],
    _anywidget_id: name,
    _esm: code,
  };
}

const loaders = new Map<string, string>();

/** What a page loads first: of dist/widgets/loaders/, from the bundled kernel as from its sources. */
export function loader(name: "anywidget" | "probe" | "socket"): string {
  let code = loaders.get(name);
  if (code === undefined) {
    const folder = import.meta.url.endsWith(".ts") ? "../../dist/widgets/loaders/" : "./widgets/loaders/";
    code = readFileSync(new URL(`${folder}${name}.js`, import.meta.url), "utf8").trim();
    loaders.set(name, code);
  }
  return code;
}
