import * as base from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { jupyterDisplay } from "../mime-bundle.ts";
import { displayElement } from "./dom-element.ts";
import type { DomElement } from "./is-dom-element.ts";

/**
 * Observable Plot as cells import it: there is no page here, so it draws in a document of its own, and what it draws shows.
 * A mark that is a cell's last value shows as the plot of it.
 */
export * from "@observablehq/plot";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

type Options = Parameters<typeof base.plot>[0];

export function plot(options: Options = {}): ReturnType<typeof base.plot> {
  return base.plot({ document: document as unknown as Document, ...options });
}

export function legend(options: Parameters<typeof base.legend>[0]): ReturnType<typeof base.legend> {
  return base.legend({ document, ...options } as Parameters<typeof base.legend>[0]);
}

const prototype = base.Mark.prototype as { plot(options?: Options): unknown; [jupyterDisplay]?: () => Promise<object> };
prototype.plot = function markPlot({ marks = [], ...options }: NonNullable<Options> = {}) {
  return plot({ ...options, marks: [...marks, this as unknown as base.Markish] });
};
prototype[jupyterDisplay] = async function markDisplay() {
  return (await displayElement(this.plot() as DomElement)).data;
};
