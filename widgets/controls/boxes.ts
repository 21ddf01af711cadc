import { inspect } from "node:util";
import { controlHtml, controlText } from "./control-fallback.ts";
import { createControl, hideParts, type Control, type ControlOptions } from "./control.ts";
import { createModel, viewOf, type WidgetModel } from "./model.ts";

/** Anything that stands in a box. */
export interface Placed {
  readonly model: WidgetModel;
}

/** A button; `on("click", …)` says what it does. */
export interface Button extends Placed {
  label: string;
  disabled: boolean;
  /** @returns ends it */
  on(event: "click", listener: () => void): () => void;
  close(): void;
}

export function button(label: string, onClick?: () => void, { disabled = false } = {}): Button {
  const model = createModel("controls", "Button", {
    description: label,
    disabled,
    button_style: "",
    icon: "",
    tooltip: null,
    layout: createModel("base", "Layout", {}),
    style: createModel("controls", "ButtonStyle", {}),
  });
  const listeners = new Set<() => void>(onClick ? [onClick] : []);
  model.onCustom(({ event }) => {
    if (event === "click" && model.get("disabled") !== true) for (const listener of listeners) listener();
  });
  const made: Button = {
    get label() {
      return model.get("description") as string;
    },
    set label(next: string) {
      model.set({ description: next });
    },
    get disabled() {
      return model.get("disabled") as boolean;
    },
    set disabled(next: boolean) {
      model.set({ disabled: next });
    },
    on(event, listener) {
      if (event !== "click") throw new TypeError(`A button has the event "click"; there is no ${inspect(event)}.`);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => model.close(),
    model,
  };
  return hideParts(made, () => viewOf(model, { "text/plain": `[${made.label}]` }).data);
}

/** A bar that fills up to `max`; set its `value`. */
export function progress(max = 100, { value = 0, ...rest }: ControlOptions & { value?: number } = {}): Control<number> {
  const isWhole = Number.isInteger(max) && Number.isInteger(value);
  const state = { value, min: 0, max, bar_style: "", orientation: "horizontal" };
  return createControl({ name: isWhole ? "IntProgress" : "FloatProgress", style: "ProgressStyle", state }, rest);
}

/** A piece of HTML; set its `value`. */
export function html(value = "", options: ControlOptions = {}): Control<string> {
  return createControl({ name: "HTML", style: "DescriptionStyle", state: { value, placeholder: "" } }, options);
}

/** A place for outputs. */
export interface OutputBox extends Placed {
  /** Outputs as notebooks store them, in the place of those before. */
  show(outputs: readonly object[]): void;
  close(): void;
}

export function output(): OutputBox {
  const layout = createModel("base", "Layout", {});
  const model = createModel("output", "Output", { outputs: [], msg_id: "", layout });
  const made = { show: (outputs: readonly object[]) => model.set({ outputs }), close: () => model.close(), model };
  return hideParts(made, () => viewOf(model, { "text/plain": "Output" }).data);
}

export interface Box extends Placed {
  readonly children: readonly Placed[];
  close(): void;
}

/** Controls one below the other. */
export const vbox = (children: readonly Placed[]): Box => box("VBox", children);
/** Controls side by side. */
export const hbox = (children: readonly Placed[]): Box => box("HBox", children);

function box(name: "VBox" | "HBox", children: readonly Placed[]): Box {
  const model = createModel("controls", name, {
    children: children.map((child) => child.model),
    box_style: "",
    layout: createModel("base", "Layout", {}),
  });
  const made: Box = {
    children,
    close() {
      model.close();
      children.forEach((child) => child.model.close());
    },
    model,
  };
  return hideParts(made, () => viewOf(model, boxFallback(children)).data);
}

/** What is in a box, as labels and values. */
export function boxFallback(children: readonly Placed[]): Record<string, string> {
  const rows = flat(children).flatMap((child) => {
    const { label, value } = child as Partial<Control<unknown>>;
    return typeof label === "string" && value !== undefined ? [{ kind: "value", label, value }] : [];
  });
  return { "text/html": controlHtml(rows), "text/plain": controlText(rows) };
}

const flat = (children: readonly Placed[]): Placed[] =>
  children.flatMap((child) => ("children" in child ? flat((child as Box).children) : [child]));
