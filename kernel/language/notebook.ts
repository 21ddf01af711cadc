import type { Declaration } from "./declarations.ts";
import { cellFile, checkFile, namesFile, type EditFiles, type Project } from "./project.ts";
import { sdkTypes } from "./session-types.ts";
import type { TypedCell, TypedUdf } from "./typed-cell.ts";

/**
 * The names that cells have declared, each with its latest declaration, as modules: one for each cell that declares some,
 * which imports what it speaks of from the modules that had it when the cell ran; and one that has all names of now, from
 * which a cell that is being edited imports. So an edit changes nothing in how modules depend on one another, which is
 * what would make the server build its whole program again.
 */
export interface Notebook {
  /** Takes a cell that runs: its names are the notebook's from now on. */
  add(cell: TypedCell): AddedCell;
  /**
   * Writes a cell into a document for editing: one line of imports for the names that it speaks of, and the cell's text.
   * Line n of the cell, from 0, is line n + 1 of the document.
   * @param wanted start of a name that is being typed: names that begin so are imported as well
   * @returns the document's file
   */
  edit(cell: TypedCell, wanted?: string): string;
  /** The same for a check of a cell that has not run. */
  check(cell: TypedCell): Document;
  find(name: string): Declaration | undefined;
  forget(name: string): void;
  /** Counts the changes of names: as long as it is the same, a question has the same answer. */
  version(): number;
}

export interface AddedCell {
  /** The cell's document for a check, with the names that were the notebook's when it was added. */
  document(): Document;
}

export interface Document {
  file: string;
  /** The same for documents that mean the same: their text, and the state of the names that it imports. */
  key: string;
  /** Gives it to the server, with what it imports. */
  write(): void;
}

interface CellModule {
  file: string;
  text: string;
  /** Names that still have their declaration here. */
  names: Set<string>;
  /** The names above, and the modules that import this one. */
  uses: number;
  imports: CellModule[];
  open: boolean;
}

type Imports = Map<CellModule, string[]>;

/** Names that begin like the one being typed, at most. */
const mostWanted = 200;
/** Modules whose names stand in the module of all names, the latest first; older ones are imported by themselves. */
const mostModules = 500;

export function createNotebook(project: Project, editFiles: EditFiles): Notebook {
  const names = new Map<string, { module: CellModule; declaration: Declaration }>();
  const modules = new Set<CellModule>();
  let lastId = 0;
  /** Counts the changes of names. */
  let version = 0;
  let written = -1;
  let gathered = new Set<CellModule>();

  const release = (module: CellModule): void => {
    if (--module.uses > 0) return;
    modules.delete(module);
    if (module.open) project.drop(module.file);
    for (const each of module.imports) release(each);
  };
  /**
   * The server gets a module when a document that it knows imports it. Not before: a file that no file of the project
   * imports would make it set up a second project.
   */
  const open = (module: CellModule): void => {
    if (module.open || module.uses === 0) return;
    module.open = true;
    project.put(module.file, module.text);
    for (const each of module.imports) open(each);
  };
  /** Brings the module of all names up to date. */
  const gather = (): void => {
    if (written === version) return;
    written = version;
    gathered = new Set([...modules].slice(-mostModules));
    const lines = [...gathered].map(
      ({ names: own, file }) => `export { ${[...own].join(", ")} } from ${JSON.stringify(`./${file}`)};`,
    );
    project.put(namesFile, `${lines.join("\n")}\nexport {};\n`);
    for (const module of gathered) open(module);
  };
  /** Names that a cell takes from the notebook. */
  const spokenOf = (cell: TypedCell, wanted: string): string[] => {
    if (cell.udf) return [];
    const own = new Set(cell.declarations.map(({ name }) => name));
    const taken = new Set<string>();
    for (const name of cell.text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []) {
      if (!own.has(name) && names.has(name)) taken.add(name);
    }
    if (wanted === "") return [...taken];
    const begun = [...names.keys()].filter((name) => name.startsWith(wanted) && !own.has(name) && !taken.has(name));
    return [...taken, ...begun.slice(-mostWanted)];
  };
  const byModule = (list: string[]): Imports => {
    const imports: Imports = new Map();
    for (const name of list) {
      const { module } = names.get(name)!;
      imports.set(module, [...(imports.get(module) ?? []), name]);
    }
    return imports;
  };
  const direct = (cell: TypedCell, imports: Imports): string =>
    compose(cell, cell.udf ? udfHead : [...imports].map(([module, list]) => importLine(list, module.file)).join(" "));
  /** The line that imports a cell's names from the module of all names; it makes a module of the text in any case. */
  const importsOf = (cell: TypedCell, wanted: string): string => {
    if (cell.udf) return udfHead;
    gather();
    const list = spokenOf(cell, wanted);
    const together = list.filter((name) => gathered.has(names.get(name)!.module));
    const older = byModule(list.filter((name) => !gathered.has(names.get(name)!.module)));
    for (const module of older.keys()) open(module);
    return [importLine(together, namesFile), ...[...older].map(([module, each]) => importLine(each, module.file))].join(
      " ",
    );
  };
  const checkDocument = (cell: TypedCell, text: string, imports: Imports = new Map()): Document => {
    const file = checkFile(cell.lang);
    return {
      file,
      key: text.includes(namesFile) ? `${version} ${text}` : text,
      write() {
        project.put(file, text);
        for (const module of imports.keys()) open(module);
      },
    };
  };
  return {
    add(cell) {
      const imports = byModule(spokenOf(cell, ""));
      const text = direct(cell, imports);
      if (cell.declarations.length === 0) {
        const then = version;
        return {
          document: () =>
            then === version
              ? checkDocument(cell, compose(cell, importsOf(cell, "")))
              : checkDocument(cell, text, imports),
        };
      }
      const own = new Set(cell.declarations.map(({ name }) => name));
      const file = cellFile(++lastId, cell.lang);
      const module: CellModule = { file, text, names: own, uses: own.size, imports: [...imports.keys()], open: false };
      modules.add(module);
      for (const each of module.imports) each.uses++;
      for (const declaration of cell.declarations) {
        const former = names.get(declaration.name)?.module;
        // Taken out first, so that the latest names come last.
        names.delete(declaration.name);
        names.set(declaration.name, { module, declaration });
        former?.names.delete(declaration.name);
        if (former) release(former);
      }
      version++;
      return {
        document() {
          if (module.uses === 0) return checkDocument(cell, text, imports);
          return { file, key: text, write: gather };
        },
      };
    },
    edit(cell, wanted = "") {
      // Without exports: behind a call that is not closed yet they would be taken for its arguments.
      const text = `${importsOf(cell, wanted)}\n${cell.text}`;
      const file = editFiles.pick(cell.lang, cell.udf !== undefined, text);
      project.put(file, text);
      return file;
    },
    check: (cell) => checkDocument(cell, compose(cell, importsOf(cell, ""))),
    find: (name) => names.get(name)?.declaration,
    forget(name) {
      const module = names.get(name)?.module;
      if (!module) return;
      names.delete(name);
      module.names.delete(name);
      release(module);
      version++;
    },
    version: () => version,
  };
}

/** In a UDF `fused` is another object than in the notebook. */
const udfHead = "export {}; declare const fused: __fusedWorker;";

const importLine = (list: string[], file: string): string =>
  `import { ${list.join(", ")} } from ${JSON.stringify(`./${file}`)};`;

function compose(cell: TypedCell, imports: string): string {
  return `${imports}\n${cell.text}\n${exportsOf(cell)}`;
}

function exportsOf(cell: TypedCell): string {
  if (cell.udf) return cell.udf.name === "" ? "export {};\n" : udfExport(cell.udf);
  const own = cell.declarations.map(({ name }) => name).filter((name) => !cell.exported.has(name));
  return `export { ${own.join(", ")} };\n`;
}

/** What the notebook has of a `%%udf` cell: a Udf under its name, with the function's own parameter types. */
function udfExport({ name, entry, style, parameters, description }: TypedUdf): string {
  const sdk = sdkTypes();
  const value = `Awaited<ReturnType<typeof ${entry}>>`;
  const named = parameters.map((each, i) => `${each}?: Parameters<typeof ${entry}>[${i}]`).join("; ");
  const given = style === "object" ? `Parameters<typeof ${entry}>[0]` : `{ ${named} }`;
  // Without the SDK's declarations (a build that is under way) nothing is known, and nothing is complained of.
  const udf = sdk ? ` & import(${JSON.stringify(sdk)}).Udf<${value}>` : " & any";
  const doc = description ? `/** ${description.replaceAll("*/", "* /")} */ ` : "";
  return `${doc}declare const __udf: { (parameters?: ${given}): Promise<${value}> }${udf};\nexport { __udf as ${name} };\n`;
}
