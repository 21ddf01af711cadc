import { widgetsPlugin, type LabParts } from "./plugin.ts";

/** JupyterLab's shared packages, by name and version (webpack's share scope). */
type ShareScope = Record<string, Record<string, { get(): Promise<() => Record<string, unknown>> }> | undefined>;

interface Container {
  init(scope: ShareScope): void;
  get(module: string): Promise<() => object>;
}

declare global {
  interface Window {
    /** Where JupyterLab looks for extensions that were built before (@jupyterlab/builder, "prebuilt extensions"). */
    _JUPYTERLAB?: Record<string, Container>;
  }
}

/** The name under which the extension is installed. */
const name = "fused-kernel";
/** Address of this script, beside which the widgets lie. */
const own = (document.currentScript as HTMLScriptElement | null)?.src ?? document.baseURI;

let scope: ShareScope = {};

async function shared(module: string): Promise<Record<string, unknown> | undefined> {
  const [version] = Object.values(scope[module] ?? {});
  return version && (await version.get())();
}

/**
 * The extension for JupyterLab 4 and Notebook 7 as they come: what their builder would make of the plugin, without the
 * builder. All that it takes from JupyterLab it takes from the page that it runs in, whatever its version.
 */
(window._JUPYTERLAB ??= {})[name] = {
  init(given) {
    scope = given;
  },
  async get() {
    const [lumino, rendermime, notebook, consoles] = await Promise.all(
      ["@lumino/widgets", "@jupyterlab/rendermime", "@jupyterlab/notebook", "@jupyterlab/console"].map(shared),
    );
    const plugin = widgetsPlugin({
      Widget: lumino!["Widget"] as LabParts["Widget"],
      IRenderMimeRegistry: rendermime!["IRenderMimeRegistry"],
      INotebookTracker: notebook?.["INotebookTracker"],
      IConsoleTracker: consoles?.["IConsoleTracker"],
      loadFront: () => import(new URL("widgets/front.js", own).href) as ReturnType<LabParts["loadFront"]>,
    });
    return () => ({ __esModule: true, default: [plugin] });
  },
};
