import { element } from "./element.ts";
import type { LayerState } from "./layer-state.ts";

export interface PanelActions {
  /** A layer looks different: colours are drawn anew, nothing is asked for. */
  restyled(layer: LayerState): void;
  /** Visibility, opacity or the order has changed. */
  changed(): void;
  moved(layer: LayerState, by: 1 | -1): void;
  fit(layer: LayerState): void;
}

const palettes =
  "viridis magma inferno plasma cividis turbo gray YlGnBu YlOrRd Blues Greens Reds RdBu Spectral PuRd".split(" ");

/** Draws a card a layer, the topmost first: eye, opacity, order, and the knobs of what it shows. */
export function drawPanel(place: HTMLElement, layers: LayerState[], actions: PanelActions): void {
  place.replaceChildren(...[...layers].reverse().map((layer) => card(layer, layers, actions)));
}

function card(layer: LayerState, layers: LayerState[], { restyled, changed, moved, fit }: PanelActions): HTMLElement {
  const { spec } = layer;
  const at = layers.indexOf(layer);
  const eye = element("input", {
    type: "checkbox",
    checked: layer.visible,
    "aria-label": `Show ${spec.name}`,
    onchange() {
      layer.visible = eye.checked;
      changed();
    },
  });
  const button = (text: string, title: string, disabled: boolean, onclick: () => void) =>
    element("button", { type: "button", title, "aria-label": `${title}: ${spec.name}`, disabled, onclick }, text);
  const made = element(
    "div",
    { className: "layer" },
    element(
      "div",
      { className: "row" },
      eye,
      element("span", { className: "name", title: spec.name }, spec.name),
      button("⤢", "Zoom to", false, () => fit(layer)),
      button("↑", "Move up", at === layers.length - 1, () => moved(layer, 1)),
      button("↓", "Move down", at === 0, () => moved(layer, -1)),
    ),
  );
  const opacity = element("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "0.05",
    "aria-label": `Opacity of ${spec.name}`,
  });
  opacity.value = String(layer.opacity);
  opacity.oninput = () => {
    layer.opacity = Number(opacity.value);
    changed();
  };
  made.append(element("div", { className: "row" }, element("label", {}, "opacity"), opacity));
  if (isColoured(layer)) made.append(...colourKnobs(layer, () => restyled(layer)));
  return made;
}

/** Whether a palette and a domain say how a layer looks. */
function isColoured({ media, legend, style }: LayerState): boolean {
  return media === "numbers" || (media === "features" && legend?.kind === "ramp" && style.fillColor === undefined);
}

const ownColours = "own colours";

function colourKnobs(layer: LayerState, restyled: () => void): HTMLElement[] {
  const { style, seen, legend } = layer;
  const usual = layer.media === "numbers" ? "gray" : "viridis";
  // Colours that the cell lists have no name; another palette takes their place.
  const own = Array.isArray(style.palette) ? style.palette : undefined;
  const current = typeof style.palette === "string" ? style.palette : own ? ownColours : usual;
  const isReversed = current.endsWith("_r");
  const name = current.replace(/_r$/, "");
  const names = palettes.includes(name) ? palettes : [name, ...palettes];
  const select = element(
    "select",
    { "aria-label": `Palette of ${layer.spec.name}` },
    ...names.map((each) => element("option", { value: each, selected: each === name }, each)),
  );
  const reverse = element("input", {
    type: "checkbox",
    checked: isReversed,
    title: "Backwards",
    "aria-label": "Backwards",
  });
  const recolour = (): void => {
    const named = reverse.checked ? `${select.value}_r` : select.value;
    const listed = reverse.checked ? own?.toReversed() : own;
    const palette = select.value === ownColours && listed ? listed : named;
    layer.style = { ...layer.style, palette };
    restyled();
  };
  select.onchange = recolour;
  reverse.onchange = recolour;
  const domain = style.domain ?? seen ?? (legend?.kind === "ramp" ? legend.domain : undefined) ?? [0, 1];
  const ends = domain.map((end, i) => {
    const input = element("input", { type: "number", step: "any", "aria-label": i === 0 ? "From" : "To" });
    input.value = String(Number(end.toPrecision(6)));
    return input;
  });
  const rescale = (): void => {
    const [from, to] = ends.map((input) => (input.value === "" ? NaN : Number(input.value)));
    if (!Number.isFinite(from) || !Number.isFinite(to) || from === to) return;
    layer.style = { ...layer.style, domain: [from!, to!] };
    restyled();
  };
  for (const input of ends) input.onchange = rescale;
  return [
    element("div", { className: "row" }, element("label", {}, "palette"), select, reverse),
    element("div", { className: "row" }, element("label", {}, "domain"), ...ends),
  ];
}
