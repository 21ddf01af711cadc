import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import { jsonIcon } from "@jupyterlab/ui-components";

const mimeType = "application/geo+json";

/** GeoJSON is JSON: coloured as such in the editor, and `Open With > JSON` shows it as a tree. JupyterLab knows it not. */
export const geojsonFiles: JupyterFrontEndPlugin<void> = {
  id: "fused-kernel:geojson-files",
  description: "Makes GeoJSON a type of file.",
  autoStart: true,
  requires: [IEditorLanguageRegistry],
  activate: ({ docRegistry }: JupyterFrontEnd, languages: IEditorLanguageRegistry) => {
    docRegistry.addFileType({
      ...{ name: "geojson", displayName: "GeoJSON File", icon: jsonIcon, fileFormat: "text" },
      ...{ extensions: [".geojson"], mimeTypes: [mimeType] },
    });
    languages.addLanguage({
      ...{ name: "GeoJSON", mime: mimeType, extensions: ["geojson"] },
      load: async () => (await languages.getLanguage("JSON"))!.support!,
    });
  },
};
