import { JupyterLab } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import "jupyterlab-styles";
import { jupyterlabMimeExtensions, jupyterlabPlugins } from "./jupyterlab-plugins.ts";
import { ourMimeExtensions, ourPlugins } from "./our-plugins.ts";
import "./style.css";

/** Starts JupyterLab in the page, as its own `dev_mode/index.js` does: services first, since plugins provide them. */
async function start(): Promise<void> {
  const pluginRegistry = new PluginRegistry<JupyterLab>();
  pluginRegistry.registerPlugins([...jupyterlabPlugins, ...ourPlugins] as never);
  const lab = new JupyterLab({
    pluginRegistry: pluginRegistry as never,
    serviceManager: (await pluginRegistry.resolveOptionalService(IServiceManager)) ?? undefined,
    connectionStatus: (await pluginRegistry.resolveOptionalService(IConnectionStatus)) ?? undefined,
    mimeExtensions: [...jupyterlabMimeExtensions, ...ourMimeExtensions] as never,
    disabled: { matches: [], patterns: [] },
    deferred: { matches: [], patterns: [] },
    availablePlugins: [],
  });
  if (PageConfig.getOption("exposeAppInBrowser") === "true") Object.assign(globalThis, { jupyterapp: lab });
  // Widgets such as sliders take arrow keys for themselves only while shortcuts are looked for on the way up.
  await lab.start({ bubblingKeydown: true });
}

await start();
