import { watch, type FSWatcher } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Tells when files that cells import have changed: the language server itself watches nothing. */
export interface ModuleWatch {
  /** Watches the folders of the files that a cell's text imports. */
  follow(text: string): void;
  /** Whether a text imports files, so that what is found of it may change without it. */
  follows(text: string): boolean;
  close(): void;
}

const fileImport = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+|\/[^"']+)["']/g;
const sourceFile = /\.(?:[cm]?[jt]sx?|json)$/;

/**
 * @param folder the notebook's folder
 * @param on.changed a source file has changed, come or gone
 * @param on.installed packages have changed
 */
export function watchModules(folder: string, on: { changed(uri: string): void; installed(): void }): ModuleWatch {
  const watched = new Map<string, FSWatcher | undefined>();
  const add = (path: string, heard: (name: string) => void): void => {
    if (watched.has(path)) return;
    watched.set(path, undefined);
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => name !== null && heard(name));
      watcher.on("error", () => watched.delete(path));
      watched.set(path, watcher);
    } catch {
      // There is no such folder yet: the next import of a file in it tries again.
      watched.delete(path);
    }
  };
  const watchPackages = (): void => add(join(folder, "node_modules"), () => later());
  let timer: NodeJS.Timeout | undefined;
  /** An installation writes many files: it is told once, when it has been quiet for a moment. */
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(on.installed, 300);
    timer.unref();
  };
  const watchFiles = (path: string): void =>
    add(path, (name) => {
      if (sourceFile.test(name)) on.changed(pathToFileURL(join(path, name)).href);
      if (name !== "node_modules") return;
      watchPackages();
      later();
    });
  return {
    follow(text) {
      if (!/\b(?:from|import)\b/.test(text)) return;
      watchFiles(folder);
      watchPackages();
      for (const [, specifier] of text.matchAll(fileImport)) watchFiles(dirname(resolve(folder, specifier!)));
    },
    follows: (text) => text.search(fileImport) >= 0,
    close() {
      clearTimeout(timer);
      for (const watcher of watched.values()) watcher?.close();
    },
  };
}
