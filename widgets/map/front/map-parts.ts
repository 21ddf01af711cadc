import { mapCss } from "./style.ts";

/** The elements of a map, in a shadow root that no style of the page reaches. */
export interface MapParts {
  root: HTMLElement;
  canvas: HTMLElement;
  tiles: HTMLElement;
  title: HTMLElement;
  tools: HTMLElement;
  panel: HTMLElement;
  legend: HTMLElement;
  credit: HTMLElement;
  notes: HTMLElement;
  tooltip: HTMLElement;
  controls: HTMLElement;
  progress: HTMLElement;
  time: HTMLElement;
}

export function mapParts(element: HTMLElement, height: number): MapParts {
  const shadow = element.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = mapCss;
  const part = (name: string, role?: string): HTMLElement => {
    const made = document.createElement("div");
    made.className = name;
    if (role) made.setAttribute("role", role);
    return made;
  };
  const root = part("map");
  root.style.height = `${height}px`;
  const parts: MapParts = {
    root,
    canvas: part("canvas", "application"),
    tiles: part("tiles"),
    title: part("title box"),
    tools: part("tools box", "toolbar"),
    panel: part("panel box", "group"),
    legend: part("legend box"),
    credit: part("credit"),
    notes: part("notes", "status"),
    tooltip: part("tooltip box", "tooltip"),
    controls: part("controls box", "group"),
    progress: part("progress"),
    time: part("time box", "group"),
  };
  parts.tools.setAttribute("aria-label", "Map tools");
  parts.panel.setAttribute("aria-label", "Layers");
  parts.controls.setAttribute("aria-label", "Parameters");
  parts.time.setAttribute("aria-label", "Time");
  parts.panel.hidden = true;
  parts.tooltip.hidden = true;
  parts.title.hidden = true;
  root.append(
    parts.canvas,
    parts.tiles,
    parts.progress,
    parts.title,
    parts.controls,
    parts.legend,
    parts.notes,
    parts.time,
    parts.credit,
    parts.panel,
    parts.tools,
    parts.tooltip,
  );
  shadow.append(style, root);
  return parts;
}
