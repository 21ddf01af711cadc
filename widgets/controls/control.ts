import { inspect } from "node:util";
import { jupyterDisplay } from "../mime-bundle.ts";
import { controlHtml, controlText } from "./control-fallback.ts";
import { createModel, viewOf, type WidgetModel } from "./model.ts";

/** What a person sets in the notebook's page, and cells read. */
export interface Control<Value> {
  /** The present value; giving another shows it on the page. */
  value: Value;
  /** What stands beside it. */
  readonly label: string;
  /** Greyed out: shows its value and takes none. */
  disabled: boolean;
  /** Calls with each new value, whether set on the page or in a cell. @returns ends it */
  on(event: "change", listener: (value: Value, before: Value) => void): () => void;
  /** Takes it off all pages. */
  close(): void;
  readonly model: WidgetModel;
}

export interface ControlOptions {
  /** What stands beside it; `interact` puts the parameter's name there. */
  label?: string;
  disabled?: boolean;
}

export interface ControlParts<Value> {
  /** Name of ipywidgets' class, without its ending. */
  name: string;
  /** The attributes beside those that all controls have. */
  state: Record<string, unknown>;
  /** Name of the style's class, without its ending. */
  style: string;
  /** Attribute that holds the value. Default `value`. */
  attribute?: string;
  read?(attribute: unknown): Value;
  /** @throws RangeError, TypeError for a value that the control cannot have */
  write?(value: Value): unknown;
}

/** Makes a control from a model of `@jupyter-widgets/controls`. */
export function createControl<Value>(parts: ControlParts<Value>, options: ControlOptions = {}): Control<Value> {
  const { name, state, style, attribute = "value", read = (each) => each as Value, write = (each) => each } = parts;
  const { label = "", disabled = false } = options;
  const model = createModel("controls", name, {
    description: label,
    disabled,
    layout: createModel("base", "Layout", {}),
    style: createModel("controls", style, {}),
    ...state,
  });
  const listeners = new Set<(value: Value, before: Value) => void>();
  let value = read(model.get(attribute));
  const became = (): void => {
    const before = value;
    value = read(model.get(attribute));
    if (!Object.is(value, before)) for (const listener of listeners) listener(value, before);
  };
  model.onPage((changes) => {
    if (attribute in changes) became();
  });
  const control = {
    get value() {
      return value;
    },
    set value(next: Value) {
      model.set({ [attribute]: write(next) });
      became();
    },
    get label() {
      return String(model.get("description"));
    },
    get disabled() {
      return model.get("disabled") as boolean;
    },
    set disabled(next: boolean) {
      model.set({ disabled: next });
    },
    on(event: "change", listener: (value: Value, before: Value) => void) {
      if (event !== "change") throw new TypeError(`A control has the event "change"; there is no ${inspect(event)}.`);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => model.close(),
    model,
  };
  return hideParts(control, () => {
    const row = { kind: name, label: control.label, value };
    return viewOf(model, { "text/html": controlHtml([row]), "text/plain": controlText([row]) }).data;
  });
}

/** Shows by itself as a cell's last value; the model does not show when it is inspected. */
export function hideParts<T extends { model: WidgetModel }>(control: T, display: () => object): T {
  Object.defineProperty(control, jupyterDisplay, { value: display });
  return Object.defineProperty(control, "model", { enumerable: false });
}

/** Whether a value is a control of any kind. */
export function isControl(value: unknown): value is Control<unknown> {
  return typeof value === "object" && value !== null && "model" in value && "on" in value && "value" in value;
}

/** Names a control that has no label of its own. */
export function labelled<T extends Control<unknown>>(control: T, label: string): T {
  if (control.label === "") control.model.set({ description: label });
  return control;
}
