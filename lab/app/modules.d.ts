/** What the bundler makes of files that are not TypeScript, and packages without types. */
declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "*.css";
declare module "jupyterlab-styles";
declare module "anywidget" {
  export default function create(base: typeof import("@jupyter-widgets/base")): Record<string, unknown>;
}
declare module "*/dist/widgets/front.js";
declare module "plotly.js-dist-min" {
  const plotly: {
    newPlot(node: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
    relayout(node: HTMLElement, changes: object): Promise<unknown>;
    addFrames(node: HTMLElement, frames: object[]): Promise<unknown>;
    Plots: { resize(node: HTMLElement): void };
  };
  export default plotly;
}
