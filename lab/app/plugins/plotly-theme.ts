/** What Plotly takes as `layout.template`: defaults, which a figure's own layout overrides. */
export interface PlotlyTemplate {
  layout: Record<string, unknown>;
}

/** JupyterLab writes its theme's kind to the page's body. */
const themeAttribute = "data-jp-theme-light";

/** Defaults for a figure on the page's ground: Plotly's own are for a white one, so a light theme needs none. */
export function themeTemplate(): PlotlyTemplate {
  if (document.body.getAttribute(themeAttribute) !== "false") return { layout: {} };
  const style = getComputedStyle(document.body);
  const colour = (name: string) => style.getPropertyValue(`--jp-${name}`).trim();
  const [line, grid] = [colour("border-color1"), colour("border-color2")];
  const axis = { gridcolor: grid, linecolor: line, zerolinecolor: line };
  const ground = colour("layout-color0");
  const polar = { bgcolor: ground, angularaxis: axis, radialaxis: axis };
  return {
    layout: {
      ...{ paper_bgcolor: ground, plot_bgcolor: ground, font: { color: colour("content-font-color1") } },
      ...{ xaxis: axis, yaxis: axis, polar },
      scene: { xaxis: plane(axis, ground), yaxis: plane(axis, ground), zaxis: plane(axis, ground) },
      geo: { bgcolor: ground, landcolor: colour("layout-color2"), lakecolor: ground, subunitcolor: line },
    },
  };
}

function plane(axis: object, backgroundcolor: string): object {
  return { ...axis, backgroundcolor, showbackground: true };
}

/** Calls back whenever the theme changes. @returns what ends that */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributeFilter: [themeAttribute, "data-jp-theme-name"] });
  return () => observer.disconnect();
}
