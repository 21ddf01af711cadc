import type { ControlSpec } from "../map-spec.ts";
import { element } from "./element.ts";
import { numberText } from "./legend-box.ts";

/** A dragged slider says its value at most this often, milliseconds. */
const pause = 120;

/** Draws a control for each parameter; `changed` gets the parameter's new value. */
export function drawControls(
  place: HTMLElement,
  controls: ControlSpec[],
  changed: (name: string, value: unknown) => void,
): void {
  place.replaceChildren(...controls.map((each, i) => row(each, `param-${i}`, changed)));
}

function row(control: ControlSpec, id: string, changed: (name: string, value: unknown) => void): HTMLElement {
  const { name, label, kind, value } = control;
  const tell = (next: unknown) => changed(name, next);
  const made = element("div", { className: "row" }, element("label", { for: id, title: label }, label));
  switch (kind) {
    case "slider": {
      const { min = 0, max = 1, step = 0.01 } = control;
      const shown = element("output", {}, numberText(Number(value)));
      const input = element("input", { id, type: "range", min: String(min), max: String(max), step: String(step) });
      input.value = String(value);
      const later = throttled(() => tell(Number(input.value)));
      input.oninput = () => {
        shown.textContent = numberText(Number(input.value));
        later();
      };
      made.append(input, shown);
      break;
    }
    case "select": {
      const options = control.options ?? [];
      const choices = options.map((each, i) =>
        element("option", { value: String(i), selected: each === value }, String(each)),
      );
      const input = element("select", { id, onchange: () => tell(options[Number(input.value)]) }, ...choices);
      made.append(input);
      break;
    }
    case "checkbox": {
      const input = element("input", {
        id,
        type: "checkbox",
        checked: value === true,
        onchange: () => tell(input.checked),
      });
      made.append(input);
      break;
    }
    case "date":
    case "text": {
      const type = kind === "date" ? "date" : "text";
      const input = element("input", { id, type, value: String(value ?? ""), onchange: () => tell(input.value) });
      made.append(input);
    }
  }
  return made;
}

/** Calls at once, then at most once a pause, and once more for what came last. */
function throttled(act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDue = false;
  const run = (): void => {
    isDue = false;
    act();
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) run();
    }, pause);
  };
  return () => {
    isDue = true;
    if (timer === undefined) run();
  };
}
