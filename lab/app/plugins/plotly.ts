import { PageConfig } from "@jupyterlab/coreutils";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { onThemeChange, themeTemplate } from "./plotly-theme.ts";

const mimeType = "application/vnd.plotly.v1+json";

interface Figure {
  data?: object[];
  layout?: object;
  config?: object;
  frames?: object[];
}

/** A chart of Plotly, live, on the theme's ground. The library is fetched when the first chart is shown. */
class PlotlyChart extends Widget implements IRenderMime.IRenderer {
  #unfollowTheme = () => {};

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const { data = [], layout = {}, config = {}, frames = [] } = model.data[mimeType] as Figure;
    const { default: plotly } = await import("plotly.js-dist-min");
    if (this.isDisposed) return;
    this.node.replaceChildren();
    const figure = this.node.appendChild(document.createElement("div"));
    // Outlines for maps are on Plotly's own server otherwise; the lab makes no request to the network by itself.
    const options = { responsive: true, topojsonURL: `${PageConfig.getOption("fullStaticUrl")}/topojson/`, ...config };
    try {
      // Plotly writes into what it is given; the model's data is what is saved.
      const themed = "template" in layout ? layout : { ...layout, template: themeTemplate() };
      this.#unfollowTheme();
      await plotly.newPlot(figure, structuredClone(data), structuredClone(themed), options);
      if (themed !== layout) {
        this.#unfollowTheme = onThemeChange(() => void plotly.relayout(figure, { template: themeTemplate() }));
      }
      if (frames.length > 0) await plotly.addFrames(figure, structuredClone(frames));
    } catch (error) {
      this.#showPicture(model, error as Error);
    }
  }

  /** What cannot be drawn without a network has the picture that the kernel made of it. */
  #showPicture({ data }: IRenderMime.IMimeModel, { message }: Error): void {
    const picture = data["image/png"];
    const shown = document.createElement(picture ? "img" : "p");
    if (picture) Object.assign(shown, { src: `data:image/png;base64,${picture as string}` });
    else shown.textContent = `This chart could not be drawn: ${message}`;
    this.node.replaceChildren(shown);
  }

  override dispose(): void {
    this.#unfollowTheme();
    super.dispose();
  }

  override onResize(): void {
    const figure = this.node.querySelector<HTMLElement>(".js-plotly-plot");
    if (figure && this.isVisible)
      void import("plotly.js-dist-min").then(({ default: plotly }) => plotly.Plots.resize(figure));
  }
}

export const plotly: IRenderMime.IExtension = {
  id: "fused-kernel:plotly",
  description: "Draws Plotly's figures.",
  rendererFactory: {
    safe: true,
    mimeTypes: [mimeType],
    createRenderer: () => {
      const chart = new PlotlyChart();
      chart.addClass("fused-plotly");
      return chart;
    },
  },
  rank: 0,
  dataType: "json",
  fileTypes: [{ name: "plotly", mimeTypes: [mimeType], extensions: [".plotly", ".plotly.json"] }],
  documentWidgetFactoryOptions: {
    name: "Plotly",
    primaryFileType: "plotly",
    fileTypes: ["plotly", "json"],
    defaultFor: ["plotly"],
  },
};
