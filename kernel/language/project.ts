import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LanguageServer } from "./language-server.ts";
import { ownPackageTypes, ownTypesFolder } from "./package-types.ts";
import { sessionTypes } from "./session-types.ts";

/** Documents that the server knows and no disk has: cells as modules beside one another in the notebook's folder. */
export interface Project {
  /** Gives all documents to a server that has just started. */
  connect(server: LanguageServer | undefined): void;
  /** Opens a document or changes its text. */
  put(file: string, text: string): void;
  drop(file: string): void;
  uri(file: string): string;
  /** Has the server look for modules again that were not there, or were others: after an installation. */
  reload(): void;
}

/** Names of the documents. A cell's own file never has one of these. */
export const filePrefix = ".fused-";
/** The two documents whose text comes and goes: the cell being edited, the cell being checked. */
export const editFile = (lang: "ts" | "tsx"): string => `${filePrefix}edit.${lang}`;
export const checkFile = (lang: "ts" | "tsx"): string => `${filePrefix}check.${lang}`;
export const cellFile = (id: number, lang: "ts" | "tsx"): string => `${filePrefix}cell-${id}.${lang}`;

const sessionFile = `${filePrefix}session.d.ts`;
const configFile = "tsconfig.json";

/** @param folder the notebook's folder: relative imports and `node_modules` are looked for from there */
export function createProject(folder: string): Project {
  const documents = new Map<string, { text: string; version: number }>();
  let server: LanguageServer | undefined;
  let reloads = 0;
  const uri = (file: string): string => pathToFileURL(join(folder, file)).href;
  const languageId = (file: string): string => (file.endsWith(".json") ? "json" : file.endsWith("x") ? "typescriptreact" : "typescript");
  const open = (file: string, text: string, version: number) =>
    server?.tell("textDocument/didOpen", { textDocument: { uri: uri(file), languageId: languageId(file), version, text } });

  const put = (file: string, text: string): void => {
    const known = documents.get(file);
    if (known?.text === text) return;
    const version = (known?.version ?? 0) + 1;
    documents.set(file, { text, version });
    if (!known) open(file, text, version);
    else server?.tell("textDocument/didChange", { textDocument: { uri: uri(file), version }, contentChanges: [{ text }] });
  };
  return {
    connect(next) {
      server = next;
      if (!next) return;
      // The configuration is opened first: the others are looked for in it.
      if (!documents.has(configFile)) {
        put(configFile, configuration(folder, 0));
        put(sessionFile, sessionTypes());
        put(editFile("ts"), "export {};\n");
      } else for (const [file, { text, version }] of documents) open(file, text, version);
    },
    put,
    drop(file) {
      if (documents.delete(file)) server?.tell("textDocument/didClose", { textDocument: { uri: uri(file) } });
    },
    uri,
    reload: () => put(configFile, configuration(folder, ++reloads)),
  };
}

/** Text of the configuration, in the place of the notebook folder's own: cells are compiled as the kernel does it. */
function configuration(folder: string, reloads: number): string {
  const types = ownTypesFolder();
  const compilerOptions = {
    target: "esnext",
    lib: ["esnext"],
    module: "preserve",
    moduleResolution: "bundler",
    jsx: "react-jsx",
    types: ["node"],
    ...(types && { typeRoots: [join(folder, "node_modules/@types"), types] }),
    paths: ownPackageTypes(folder),
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    noEmit: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    // Strict, so that types are shown as they are and `let x = null` and `[]` stay open; what strictness alone complains
    // of is not reported (diagnostics.ts).
    strict: true,
    strictPropertyInitialization: false,
    useUnknownInCatchVariables: false,
  };
  const files = [sessionFile, editFile("ts"), editFile("tsx"), checkFile("ts"), checkFile("tsx")];
  return JSON.stringify({ compilerOptions, files, compileOnSave: reloads % 2 === 1 });
}
