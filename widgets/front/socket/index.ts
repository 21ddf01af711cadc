import type { NamedWidget } from "../../widget-payload.ts";
import { loaderKernel, showLive, type LoaderKernel } from "../loader/show-live.ts";
import type { ShownWidgets } from "../show-widgets.ts";
import { channelsAddress } from "./jupyter-server.ts";
import { socketComms } from "./socket-comms.ts";

/**
 * The script in a display's HTML. Where the notebook is trusted and the page has no extension of ours, it runs: the
 * display comes alive in the place of its picture. It holds no secret, only the names of kernel and widgets; the server
 * lets the page in by the reader's own login, or not.
 */

/** What stands in `data-fused-display`. */
interface Given {
  kernel: string;
  widgets: NamedWidget[];
}

interface Started {
  shown?: ShownWidgets;
  figure: Node[];
  goneSince?: number;
}

/** What all scripts of displays on a page have together. */
interface PageState {
  kernels: Map<string, LoaderKernel>;
  started: Map<HTMLElement, Started>;
  look(): void;
}

const key = Symbol.for("fused.displays");
const place = globalThis as unknown as { [key]?: PageState };
/** Notebooks take cells that are scrolled away off the page, and put them back: only what stays away is ended. */
const patience = 60_000;

function open(): PageState {
  const kernels: PageState["kernels"] = new Map();
  const started: PageState["started"] = new Map();

  const kernelOf = (id: string): LoaderKernel | undefined => {
    const address = channelsAddress(id);
    const kernel = kernels.get(id) ?? (address === undefined ? undefined : loaderKernel(socketComms(address), id));
    if (kernel) kernels.set(id, kernel);
    return kernel;
  };
  const start = async (host: HTMLElement): Promise<void> => {
    const state: Started = { figure: [...host.childNodes] };
    started.set(host, state);
    const { kernel, widgets } = JSON.parse(host.dataset["fusedDisplay"]!) as Given;
    const image = host.querySelector<HTMLImageElement>("img[src^='data:']");
    const found = kernelOf(kernel);
    state.shown = found && (await showLive(found, widgets, () => host, { picture: image?.src, text: image?.alt }));
  };
  const look = (): void => {
    for (const host of document.querySelectorAll<HTMLElement>("[data-fused-display]")) {
      if (!started.has(host)) void start(host).catch((error: Error) => console.warn(`fused-kernel: ${error.message}`));
    }
    for (const [host, state] of started) {
      if (host.isConnected) state.goneSince = undefined;
      else if (Date.now() - (state.goneSince ??= Date.now()) > patience) {
        started.delete(host);
        state.shown?.dispose();
        // It may come back.
        host.replaceChildren(...state.figure);
      }
    }
  };
  setInterval(look, 2000);
  return { kernels, started, look };
}

const page = (place[key] ??= open());
page.look();
// The classic Notebook runs the script before its output is on the page.
setTimeout(page.look);
