import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import widgetsManager from "@jupyter-widgets/jupyterlab-manager";
import application from "@jupyterlab/application-extension";
import apputils from "@jupyterlab/apputils-extension";
import audio from "@jupyterlab/audio-extension";
import cellToolbar from "@jupyterlab/cell-toolbar-extension";
import celltags from "@jupyterlab/celltags-extension";
import codemirror from "@jupyterlab/codemirror-extension";
import completer from "@jupyterlab/completer-extension";
import console from "@jupyterlab/console-extension";
import csvviewer from "@jupyterlab/csvviewer-extension";
import docmanager from "@jupyterlab/docmanager-extension";
import documentsearch from "@jupyterlab/documentsearch-extension";
import filebrowser from "@jupyterlab/filebrowser-extension";
import fileeditor from "@jupyterlab/fileeditor-extension";
import help from "@jupyterlab/help-extension";
import htmlviewer from "@jupyterlab/htmlviewer-extension";
import imageviewer from "@jupyterlab/imageviewer-extension";
import inspector from "@jupyterlab/inspector-extension";
import javascript from "@jupyterlab/javascript-extension";
import json from "@jupyterlab/json-extension";
import launcher from "@jupyterlab/launcher-extension";
import logconsole from "@jupyterlab/logconsole-extension";
import mainmenu from "@jupyterlab/mainmenu-extension";
import markdownviewer from "@jupyterlab/markdownviewer-extension";
import markedparser from "@jupyterlab/markedparser-extension";
import mathjax from "@jupyterlab/mathjax-extension";
import mermaid from "@jupyterlab/mermaid-extension";
import mermaidFiles from "@jupyterlab/mermaid-extension/lib/mime";
import metadataform from "@jupyterlab/metadataform-extension";
import notebook from "@jupyterlab/notebook-extension";
import pdf from "@jupyterlab/pdf-extension";
import rendermime from "@jupyterlab/rendermime-extension";
import running from "@jupyterlab/running-extension";
import services from "@jupyterlab/services-extension";
import settingeditor from "@jupyterlab/settingeditor-extension";
import shortcuts from "@jupyterlab/shortcuts-extension";
import statusbar from "@jupyterlab/statusbar-extension";
import themeDark from "@jupyterlab/theme-dark-extension";
import themeDarkHighContrast from "@jupyterlab/theme-dark-high-contrast-extension";
import themeLight from "@jupyterlab/theme-light-extension";
import toc from "@jupyterlab/toc-extension";
import tooltip from "@jupyterlab/tooltip-extension";
import translation from "@jupyterlab/translation-extension";
import uiComponents from "@jupyterlab/ui-components-extension";
import vega from "@jupyterlab/vega5-extension";
import video from "@jupyterlab/video-extension";
import workspaces from "@jupyterlab/workspaces-extension";

/** Plugins of these packages that have nothing to talk to here, or that speak in Jupyter's name. */
const leftOut = new Set([
  // Ask jupyter.org for news.
  "@jupyterlab/apputils-extension:announcements",
  // Asks the server for licences of an installed JupyterLab; ours are in the notices file (our-plugins.ts).
  "@jupyterlab/apputils-extension:licenses-client",
  "@jupyterlab/apputils-extension:licenses-plugin",
  "@jupyterlab/help-extension:licenses-commands",
  // Jupyter's logos stand for Jupyter's own distribution; plugins/brand.ts has ours.
  "@jupyterlab/application-extension:logo",
  "@jupyterlab/apputils-extension:splash",
  "@jupyterlab/help-extension:about",
  // Pages of the network in a frame: this lab makes no request of its own.
  "@jupyterlab/help-extension:jupyter-forum",
  "@jupyterlab/help-extension:resources",
  // Converting with nbconvert needs Python: `fused-kernel run --html` is how it is done here.
  "@jupyterlab/notebook-extension:export",
  // Language servers are not started by our server.
  "@jupyterlab/notebook-extension:language-server",
  "@jupyterlab/fileeditor-extension:language-server",
]);

type Plugins<T> = T | T[];

const packages: Plugins<JupyterFrontEndPlugin<unknown>>[] = [
  application,
  apputils,
  audio,
  cellToolbar,
  celltags,
  codemirror,
  completer,
  console,
  csvviewer,
  docmanager,
  documentsearch,
  filebrowser,
  fileeditor,
  help,
  htmlviewer,
  imageviewer,
  inspector,
  launcher,
  logconsole,
  mainmenu,
  markdownviewer,
  markedparser,
  mathjax,
  mermaid,
  metadataform,
  notebook,
  rendermime,
  running,
  services,
  settingeditor,
  shortcuts,
  statusbar,
  themeDark,
  themeDarkHighContrast,
  themeLight,
  toc,
  tooltip,
  translation,
  uiComponents,
  video,
  widgetsManager,
  workspaces,
] as Plugins<JupyterFrontEndPlugin<unknown>>[];

export const jupyterlabPlugins: JupyterFrontEndPlugin<unknown>[] = packages.flat().filter(({ id }) => !leftOut.has(id));

/** Renderers of mime types, each drawn with code that is fetched at its first use. */
export const jupyterlabMimeExtensions: IRenderMime.IExtension[] = [
  javascript,
  json,
  mermaidFiles,
  pdf,
  vega,
].flat() as IRenderMime.IExtension[];
