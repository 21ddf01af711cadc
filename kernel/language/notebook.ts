import type { Declaration } from "./declarations.ts";
import { cellFile, type Project } from "./project.ts";
import { sdkTypes } from "./session-types.ts";
import type { TypedCell, TypedUdf } from "./typed-cell.ts";

/** The names that cells have declared, each with its latest declaration, as modules that import one another. */
export interface Notebook {
  /** Takes a cell that runs: its names are the notebook's from now on. */
  add(cell: TypedCell): void;
  /**
   * Writes a cell into a document: one line of imports for the names of the notebook that it speaks of, the cell's text,
   * and its exports. Line n of the cell, from 0, is line n + 1 of the document.
   * @param wanted start of a name that is being typed: names that begin so are imported as well
   */
  write(file: string, cell: TypedCell, wanted?: string): void;
  /** The same for later: the names that count are those of now. */
  prepare(cell: TypedCell, wanted?: string): Prepared;
  find(name: string): Declaration | undefined;
}

export interface Prepared {
  text: string;
  /** Writes the text into a document, and opens the modules that it imports. */
  write(file: string): void;
}

interface CellModule {
  file: string;
  text: string;
  /** Names that still have their declaration here, and modules that import this one. */
  uses: number;
  imports: CellModule[];
  open: boolean;
}

/** Names that begin like the one being typed, at most. */
const mostWanted = 200;

export function createNotebook(project: Project): Notebook {
  const names = new Map<string, { module: CellModule; declaration: Declaration }>();
  let lastId = 0;

  const release = (module: CellModule): void => {
    if (--module.uses > 0) return;
    if (module.open) project.drop(module.file);
    for (const each of module.imports) release(each);
  };
  /**
   * The server gets a module when a document that it knows imports it. Not before: a file that no file of the project
   * imports would make it set up a second project.
   */
  const open = (module: CellModule): void => {
    if (module.open) return;
    module.open = true;
    project.put(module.file, module.text);
    for (const each of module.imports) open(each);
  };
  const imported = (cell: TypedCell, wanted: string): Map<CellModule, string[]> => {
    const byModule = new Map<CellModule, string[]>();
    if (cell.udf) return byModule;
    const own = new Set(cell.declarations.map(({ name }) => name));
    const take = (name: string): void => {
      const found = own.has(name) ? undefined : names.get(name);
      if (found) byModule.set(found.module, [...(byModule.get(found.module) ?? []), name]);
    };
    const spoken = new Set(cell.text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    for (const name of spoken) take(name);
    if (wanted === "") return byModule;
    let count = 0;
    for (const name of names.keys()) if (name.startsWith(wanted) && !spoken.has(name) && count++ < mostWanted) take(name);
    return byModule;
  };
  const compose = (cell: TypedCell, imports: Map<CellModule, string[]>): string => {
    const lines = [...imports].map(([module, list]) => `import { ${list.join(", ")} } from ${JSON.stringify(`./${module.file}`)};`);
    return `${lines.join(" ")}\n${cell.text}\n${exportsOf(cell)}`;
  };
  const prepare = (cell: TypedCell, wanted = ""): Prepared => {
    const imports = imported(cell, wanted);
    const text = compose(cell, imports);
    return {
      text,
      write(file) {
        project.put(file, text);
        for (const module of imports.keys()) if (module.uses > 0) open(module);
      },
    };
  };
  return {
    add(cell) {
      if (cell.declarations.length === 0) return;
      const imports = imported(cell, "");
      const module: CellModule = {
        file: cellFile(++lastId, cell.lang),
        text: compose(cell, imports),
        uses: cell.declarations.length,
        imports: [...imports.keys()],
        open: false,
      };
      for (const each of module.imports) each.uses++;
      for (const declaration of cell.declarations) {
        const former = names.get(declaration.name);
        // Taken out first, so that the latest names come last.
        names.delete(declaration.name);
        names.set(declaration.name, { module, declaration });
        if (former) release(former.module);
      }
    },
    prepare,
    write: (file, cell, wanted) => prepare(cell, wanted).write(file),
    find: (name) => names.get(name)?.declaration,
  };
}

function exportsOf(cell: TypedCell): string {
  if (cell.udf) return cell.udf.name === "" ? "export {};" : udfExport(cell.udf);
  const own = cell.declarations.map(({ name }) => name).filter((name) => !cell.exported.has(name));
  return `export { ${own.join(", ")} };\n`;
}

/** What the notebook has of a `%%udf` cell: a Udf under its name, with the function's own parameter types. */
function udfExport({ name, entry, style, parameters, description }: TypedUdf): string {
  const sdk = sdkTypes();
  const value = `Awaited<ReturnType<typeof ${entry}>>`;
  const named = parameters.map((each, i) => `${each}?: Parameters<typeof ${entry}>[${i}]`).join("; ");
  const given = style === "object" ? `Parameters<typeof ${entry}>[0]` : `{ ${named} }`;
  const udf = sdk ? ` & import(${JSON.stringify(sdk)}).Udf<${value}>` : "";
  const doc = description ? `/** ${description.replaceAll("*/", "* /")} */ ` : "";
  return `${doc}declare const __udf: { (parameters?: ${given}): Promise<${value}> }${udf};\nexport { __udf as ${name} };\n`;
}
