import { randomUUID } from "node:crypto";
import type { MimeBundle } from "../mime-bundle.ts";
import { widgetHost, type WidgetComm } from "./widget-host.ts";

/** Version of the widget messaging protocol (ipywidgets, packages/schema/messages.md). */
const protocol = "2.1.0";
const modules = { base: "2.0.0", controls: "2.0.0", output: "1.0.0" } as const;

export type ModuleName = keyof typeof modules;
type State = Record<string, unknown>;

/**
 * A model of ipywidgets 8: named attributes that the session and all pages see alike. It opens its comm when it is first
 * shown; until then it holds its state.
 */
export interface WidgetModel {
  readonly id: string;
  get(name: string): unknown;
  /** Changes attributes here and on the pages. */
  set(changes: State): void;
  /** Hears what a page has changed, after it has been taken over. */
  onPage(listener: (changes: State) => void): void;
  /** Hears messages that are no attributes: the click of a button. */
  onCustom(listener: (content: State) => void): void;
  /** Makes it and the models it refers to known to the front ends. */
  open(): void;
  close(): void;
}

/**
 * @param name of its class without the ending: `IntSlider`, `ButtonStyle`
 * @param state its attributes; a model, or a list of models, stands for a reference
 */
export function createModel(module: ModuleName, name: string, state: State): WidgetModel {
  const id = randomUUID();
  const isStyle = name.endsWith("Style");
  // What stands on the page by itself has classes; a manager reads them when it draws it.
  const own: State = isStyle || name === "Layout" ? { ...state } : { _dom_classes: [], ...state };
  const pageListeners: ((changes: State) => void)[] = [];
  const customListeners: ((content: State) => void)[] = [];
  let comm: WidgetComm | undefined;
  let isClosed = false;

  const fixed: State = {
    _model_module: `@jupyter-widgets/${module}`,
    _model_module_version: modules[module],
    _model_name: `${name}Model`,
    // Styles of all kinds share a view, as ipywidgets has it.
    _view_module: `@jupyter-widgets/${isStyle ? "base" : module}`,
    _view_module_version: modules[isStyle ? "base" : module],
    _view_name: isStyle ? "StyleView" : `${name}View`,
  };
  const wire = (attributes: State): State =>
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, reference(value)]));

  const receive = (data: State): void => {
    switch (data.method) {
      case "update": {
        const changes = data.state as State;
        Object.assign(own, changes);
        // Other pages learn of it, and the one that sent it that it has been taken over (JUPYTER_WIDGETS_ECHO).
        comm?.send({ method: "echo_update", state: changes, buffer_paths: [] });
        pageListeners.forEach((listener) => listener(changes));
        return;
      }
      case "request_state":
        return comm?.send({ method: "update", state: { ...fixed, ...wire(own) }, buffer_paths: [] });
      case "custom":
        customListeners.forEach((listener) => listener(data.content as State));
    }
  };

  const model: WidgetModel = {
    id,
    get: (key) => own[key],
    set(changes) {
      Object.assign(own, changes);
      for (const value of Object.values(changes)) openReferred(value);
      comm?.send({ method: "update", state: wire(changes), buffer_paths: [] });
    },
    onPage: (listener) => void pageListeners.push(listener),
    onCustom: (listener) => void customListeners.push(listener),
    open() {
      const host = widgetHost();
      if (comm || isClosed || !host) return;
      Object.values(own).forEach(openReferred);
      const data = { state: { ...fixed, ...wire(own) }, buffer_paths: [] };
      comm = host.openComm("jupyter.widget", data, { id, metadata: { version: protocol } });
      comm.onMessage((message) => receive(message.data as State));
      comm.onClose(() => (comm = undefined));
    },
    close() {
      isClosed = true;
      comm?.close();
      comm = undefined;
    },
  };
  return Object.defineProperty(model, isModel, { value: true });
}

const isModel = Symbol("model");

function asModel(value: unknown): WidgetModel | undefined {
  return typeof value === "object" && value !== null && isModel in value
    ? (value as unknown as WidgetModel)
    : undefined;
}

function openReferred(value: unknown): void {
  for (const each of Array.isArray(value) ? value : [value]) asModel(each)?.open();
}

function reference(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reference);
  const model = asModel(value);
  return model ? `IPY_MODEL_${model.id}` : value;
}

const widgetView = "application/vnd.jupyter.widget-view+json";

/**
 * A bundle that shows a model where a front end draws widgets. Elsewhere its fallback alone: a front end without the model
 * would show an error in the place of the fallback.
 */
export function viewOf(model: WidgetModel, fallback: Record<string, string>): MimeBundle {
  if (!widgetHost()?.hasWidgets()) return { data: fallback, metadata: {} };
  model.open();
  return {
    data: { [widgetView]: { version_major: 2, version_minor: 0, model_id: model.id }, ...fallback },
    metadata: {},
  };
}
