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
/** Documents for cells that are being edited: several, so that one stays what it was while another cell is edited. */
const editDocuments = 6;
const editFile = (number: number, lang: "ts" | "tsx"): string => `${filePrefix}edit-${number}.${lang}`;
/** The first of them, of which anything may be asked. */
export const firstFile = editFile(1, "ts");
/** The module of all names that the notebook has now. */
export const namesFile = `${filePrefix}names.ts`;
/** The document of a cell that declares nothing, for its check. */
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
  const languageId = (file: string): string =>
    file.endsWith(".json") ? "json" : file.endsWith("x") ? "typescriptreact" : "typescript";
  const open = (file: string, text: string, version: number) =>
    server?.tell("textDocument/didOpen", {
      textDocument: { uri: uri(file), languageId: languageId(file), version, text },
    });

  const put = (file: string, text: string): void => {
    const known = documents.get(file);
    if (known?.text === text) return;
    const version = (known?.version ?? 0) + 1;
    documents.set(file, { text, version });
    if (!known) open(file, text, version);
    else
      server?.tell("textDocument/didChange", { textDocument: { uri: uri(file), version }, contentChanges: [{ text }] });
  };
  return {
    connect(next) {
      server = next;
      if (!next) return;
      // The configuration is opened first: the others are looked for in it.
      if (!documents.has(configFile)) {
        put(configFile, configuration(folder, 0));
        put(sessionFile, sessionTypes());
        put(firstFile, "export {};\n");
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

/** The documents for editing, each given to texts that import the same modules. */
export interface EditFiles {
  /** A document whose last text imported the same modules as this one; the one that was longest unused where there is none. */
  pick(lang: "ts" | "tsx", udf: boolean, text: string): string;
}

export function createEditFiles(): EditFiles {
  // The longest unused comes first.
  const last = new Map<string, string>();
  for (const lang of ["ts", "tsx"] as const) for (let i = editDocuments; i > 0; i--) last.set(editFile(i, lang), "");
  return {
    pick(lang, udf, text) {
      const imports = [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*["'`]([^"'`\n]*)["'`]/g)].map(
        ([, module]) => module,
      );
      const key = JSON.stringify([lang, udf, ...imports]);
      const candidates = [...last].filter(([file]) => file.endsWith(`.${lang}`));
      const [file] = candidates.find(([, of]) => of === key) ?? candidates[0]!;
      last.delete(file);
      last.set(file, key);
      return file;
    },
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
    // of is not reported (type-problems.ts).
    strict: true,
    strictPropertyInitialization: false,
    useUnknownInCatchVariables: false,
  };
  const numbers = Array.from({ length: editDocuments }, (_, i) => i + 1);
  const edited = numbers.flatMap((number) => [editFile(number, "ts"), editFile(number, "tsx")]);
  const files = [sessionFile, namesFile, checkFile("ts"), checkFile("tsx"), ...edited];
  return JSON.stringify({
    compilerOptions,
    files,
    typeAcquisition: { enable: false },
    compileOnSave: reloads % 2 === 1,
  });
}
