import { JupyterLab } from "@jupyterlab/application";
import * as console from "@jupyterlab/console";
import { PageConfig } from "@jupyterlab/coreutils";
import * as notebook from "@jupyterlab/notebook";
import * as rendermime from "@jupyterlab/rendermime";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import * as widgets from "@lumino/widgets";
import "jupyterlab-styles";
import { jupyterlabMimeExtensions, jupyterlabPlugins } from "../jupyterlab-plugins.ts";

/**
 * JupyterLab without anything of ours, for tests in front of a Jupyter server: it loads the extensions that the server
 * has found beside the kernelspecs, as JupyterLab's own page does (its dev_mode/bootstrap.js and index.js), and hands
 * them its packages as webpack's share scope would.
 */

interface Container {
  init(scope: object): unknown;
  get(module: string): Promise<() => { default: unknown }>;
}

/** An entry of `federated_extensions` in the page's configuration. */
interface Extension {
  name: string;
  load: string;
  extension?: string;
  mimeExtension?: string;
}

const version = PageConfig.getOption("appVersion");
const share = (exports: object) => ({ [version]: { get: async () => () => exports, loaded: 1, from: "jupyterlab" } });
const scope = {
  "@jupyterlab/console": share(console),
  "@jupyterlab/notebook": share(notebook),
  "@jupyterlab/rendermime": share(rendermime),
  "@lumino/widgets": share(widgets),
};

async function load({ name, load: file, extension, mimeExtension }: Extension): Promise<unknown[]> {
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${PageConfig.getOption("fullLabextensionsUrl")}/${name}/${file}`;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${script.src} does not load`)));
    document.head.append(script);
  });
  const containers = (globalThis as unknown as { _JUPYTERLAB: Record<string, Container> })._JUPYTERLAB;
  const container = containers[name]!;
  await container.init(scope);
  const modules = [extension, mimeExtension].filter((module) => module !== undefined);
  return (await Promise.all(modules.map(async (module) => (await container.get(module))().default))).flat();
}

async function start(): Promise<void> {
  const extensions = JSON.parse(PageConfig.getOption("federated_extensions")) as Extension[];
  // One that does not load leaves the page without it.
  const loads = await Promise.allSettled(extensions.map(load));
  const found = loads.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  // ipywidgets is no part of JupyterLab.
  const own = jupyterlabPlugins.filter(({ id }) => !id.startsWith("@jupyter-widgets/"));
  const pluginRegistry = new PluginRegistry<JupyterLab>();
  pluginRegistry.registerPlugins([...own, ...found] as never);
  const lab = new JupyterLab({
    pluginRegistry: pluginRegistry as never,
    serviceManager: (await pluginRegistry.resolveOptionalService(IServiceManager)) ?? undefined,
    connectionStatus: (await pluginRegistry.resolveOptionalService(IConnectionStatus)) ?? undefined,
    mimeExtensions: jupyterlabMimeExtensions as never,
    disabled: { matches: [], patterns: [] },
    deferred: { matches: [], patterns: [] },
    availablePlugins: [],
  });
  Object.assign(globalThis, { jupyterapp: lab });
  await lab.start({ bubblingKeydown: true });
}

await start();
