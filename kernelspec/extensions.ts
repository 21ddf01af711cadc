import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { packageRoot } from "./package-root.ts";

/** Jupyter's folders in one place: for data (`kernels/` is in it) and for configuration. */
export interface JupyterFolders {
  data: string;
  config: string;
}

/** Name of the extensions' folders. */
const name = "fused-kernel";

const foldersOf = ({ data, config }: JupyterFolders) => ({
  lab: join(data, "labextensions", name),
  classic: join(data, "nbextensions", name),
  /** Has Notebook 6 load the extension: a file of our own beside those of other extensions. */
  switch: join(config, "nbconfig", "notebook.d", `${name}.json`),
});

/**
 * Puts the extensions that show live displays where JupyterLab 4, Notebook 7 and Notebook 6 look for them; those that
 * stand there are replaced. Nothing happens where the build has made none.
 * @returns the folders
 */
export function installExtensions(place: JupyterFolders): string[] {
  const built = join(packageRoot, "dist", "extensions");
  const widgets = join(packageRoot, "dist", "widgets");
  if (!existsSync(built) || !existsSync(join(widgets, "front.js"))) return [];
  const folders = foldersOf(place);
  const files = reachable(widgets);
  put(folders.lab, (fresh) => {
    cpSync(join(built, "lab"), fresh, { recursive: true });
    copyAll(widgets, files, join(fresh, "static", "widgets"));
  });
  put(folders.classic, (fresh) => {
    cpSync(join(built, "classic"), fresh, { recursive: true });
    copyAll(widgets, files, join(fresh, "widgets"));
  });
  mkdirSync(dirname(folders.switch), { recursive: true });
  writeFileSync(folders.switch, `${JSON.stringify({ load_extensions: { [`${name}/main`]: true } }, null, 2)}\n`);
  return [folders.lab, folders.classic];
}

/** Takes the extensions away, and folders that are empty then. */
export function removeExtensions(place: JupyterFolders): void {
  for (const path of Object.values(foldersOf(place))) {
    rmSync(path, { recursive: true, force: true });
    for (
      let folder = dirname(path);
      folder !== place.data && folder !== dirname(place.config);
      folder = dirname(folder)
    ) {
      if (!existsSync(folder) || readdirSync(folder).length > 0) break;
      rmSync(folder, { recursive: true });
    }
  }
}

/** The files of the last build: chunks of earlier ones may lie beside them. */
function reachable(widgets: string): string[] {
  const { outputs } = JSON.parse(readFileSync(join(widgets, "metafile.json"), "utf8")) as { outputs: object };
  return Object.keys(outputs).map((path) => basename(path));
}

function copyAll(from: string, files: readonly string[], to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of files) cpSync(join(from, file), join(to, file));
}

/** Makes a folder whole or not at all. */
function put(folder: string, fill: (fresh: string) => void): void {
  mkdirSync(dirname(folder), { recursive: true });
  // A name with a point before it is no extension.
  const fresh = mkdtempSync(join(dirname(folder), `.${name}-`));
  try {
    const made = join(fresh, "new");
    mkdirSync(made);
    fill(made);
    if (existsSync(folder)) renameSync(folder, join(fresh, "previous"));
    renameSync(made, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
