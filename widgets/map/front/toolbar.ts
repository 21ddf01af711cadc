import { element, icon } from "./element.ts";

export interface Tools {
  zoom(by: number): void;
  fit(): void;
  panel(isOpen: boolean): void;
  debug(isOn: boolean): void;
  screenshot(): void;
  fullScreen(): void;
  boxSelect(isOn: boolean): void;
}

const pictures = {
  in: "M8 3v10M3 8h10",
  out: "M3 8h10",
  fit: "M2 6V2h4M14 6V2h-4M2 10v4h4M14 10v4h-4",
  layers: "M8 2 14 5.5 8 9 2 5.5ZM2 8.5 8 12l6-3.5M2 11.5 8 15l6-3.5",
  select: "M2 4V2h2M7 2h2M12 2h2v2M14 7v2M14 12v2h-2M9 14H7M4 14H2v-2M2 9V7",
  debug: "M2 2h12v12H2ZM8 2v12M2 8h12",
  camera: "M2 5h3l1-2h4l1 2h3v8H2ZM8 7a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
  full: "M9 2h5v5M14 2 9 7M7 14H2V9M2 14l5-5",
};

/** The buttons at the map's edge. */
export function fillToolbar(
  place: HTMLElement,
  tools: Tools,
): { setPressed(name: "panel" | "select", on: boolean): void } {
  const button = (name: keyof typeof pictures, title: string, act: () => void): HTMLButtonElement => {
    const made = element("button", { type: "button", title, "aria-label": title, onclick: act }, icon(pictures[name]));
    place.append(made);
    return made;
  };
  const toggle = (name: keyof typeof pictures, title: string, act: (isOn: boolean) => void): HTMLButtonElement => {
    const made = button(name, title, () => {
      const isOn = made.getAttribute("aria-pressed") !== "true";
      made.setAttribute("aria-pressed", String(isOn));
      act(isOn);
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  };
  button("in", "Zoom in", () => tools.zoom(1));
  button("out", "Zoom out", () => tools.zoom(-1));
  button("fit", "Fit to the data", tools.fit);
  const panel = toggle("layers", "Layers", tools.panel);
  const select = toggle("select", "Select features in a box: drag over the map", tools.boxSelect);
  toggle("debug", "Tiles: numbers, times, errors", tools.debug);
  button("camera", "Save a picture", tools.screenshot);
  button("full", "Full screen", tools.fullScreen);
  const buttons = { panel, select };
  return { setPressed: (name, on) => buttons[name].setAttribute("aria-pressed", String(on)) };
}
