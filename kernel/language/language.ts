import { workerGlobals } from "../../fused/source/worker-globals.ts";
import { autoImports } from "./auto-imports.ts";
import { readCompletions, readImportable, wordBefore, type ReadCompletions } from "./completions.ts";
import type { Declaration } from "./declarations.ts";
import { describeHover, describeSignature, type Description } from "./describe.ts";
import { watchModules } from "./module-watch.ts";
import { createNotebook, type Document } from "./notebook.ts";
import { createEditFiles, createProject } from "./project.ts";
import {
  offsetAt,
  positionAt,
  type CompletionList,
  type Diagnostic,
  type Hover,
  type SignatureHelp,
} from "./protocol.ts";
import { createServerSlot, type ServerHooks } from "./server-slot.ts";
import { readCell, readEditedCell, type TypedCell } from "./typed-cell.ts";
import { rememberAnswers } from "./remember-answers.ts";
import { readProblems, type TypeProblem } from "./type-problems.ts";

/** TypeScript as a language service over the cells of a notebook. All offsets are UTF-16 units of the cell. */
export interface Language {
  isWarm(): boolean;
  /** Starts the language server where it does not run. */
  start(): Promise<boolean>;
  /** Takes a cell that runs, after all those that ran before it. The check of its types can be made at any later time. */
  add(source: string): Check | undefined;
  /** Reads a cell that has not been run, for its check. */
  prepare(source: string): Check | undefined;
  complete(code: string, cursor: number, milliseconds: number): Promise<ReadCompletions | undefined>;
  describe(code: string, cursor: number, milliseconds: number): Promise<Description | undefined>;
  /** The latest declaration of a name, without the server. */
  find(name: string): Declaration | undefined;
  /** From here on cells know nothing of a name that cells before have declared. */
  forget(name: string): void;
  end(): void;
}

/** Finds the problems of one cell; undefined where the server did not answer. A cell without a name in it has no check. */
export type Check = (milliseconds: number) => Promise<TypeProblem[] | undefined>;

/** Verdicts on documents that came before, by text: a cell is often run again as it is. */
const remembered = 100;

/** @param folder the notebook's folder */
export function createLanguage(folder: string, hooks: ServerHooks): Language {
  const project = createProject(folder);
  const notebook = createNotebook(project, createEditFiles());
  const server = createServerSlot(folder, project, hooks);
  const answers = rememberAnswers(notebook.version);
  const watch = watchModules(folder, {
    changed(uri) {
      answers.clear();
      server.tell("workspace/didChangeWatchedFiles", { changes: [{ uri, type: 2 }] });
    },
    installed() {
      answers.clear();
      project.reload();
    },
  });
  const verdicts = new Map<string, Diagnostic[]>();

  const checkOf =
    (cell: TypedCell, source: string, document: () => Document): Check =>
    async (milliseconds) => {
      const { file, key, write } = document();
      let items = verdicts.get(key);
      if (!items) {
        watch.follow(cell.text);
        write();
        const textDocument = { uri: project.uri(file) };
        items = (await server.ask<{ items: Diagnostic[] }>("textDocument/diagnostic", { textDocument }, milliseconds))
          ?.items;
        if (!items) return undefined;
        if (!watch.follows(cell.text)) verdicts.set(key, items);
        if (verdicts.size > remembered) verdicts.delete(verdicts.keys().next().value!);
      }
      return readProblems(items, cell.text, source);
    };

  // Requests write into one document: the next begins when the last has its answer, or has waited long enough.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(milliseconds: number, work: (left: number) => Promise<T>): Promise<T | undefined> => {
    const end = performance.now() + milliseconds;
    const result = turn.then(() => {
      const left = end - performance.now();
      return left > 0 && server.isWarm() ? work(left) : undefined;
    });
    turn = result.catch(() => {});
    return result.catch(() => undefined);
  };

  const edit = (code: string, cursor: number, wanted = ""): { uri: string; cell: TypedCell } | undefined => {
    const cell = readEditedCell(code, cursor);
    if (!cell) return undefined;
    watch.follow(cell.text);
    return { uri: project.uri(notebook.edit(cell, wanted)), cell };
  };

  /** A function that was put into an object has lost its documentation, but a call of it has not. */
  const documentedCall = async (
    code: string,
    nameEnd: number,
    left: number,
    lacking: () => void,
  ): Promise<Description | undefined> => {
    const call = `${code.slice(0, nameEnd)}(`;
    const edited = edit(call, call.length);
    if (!edited) return undefined;
    const where = { textDocument: { uri: edited.uri }, position: positionAt(call, call.length) };
    const help = await server.ask<SignatureHelp | null>("textDocument/signatureHelp", where, left);
    if (help === undefined) lacking();
    return help ? describeSignature(help) : undefined;
  };

  return {
    isWarm: server.isWarm,
    start: server.start,
    find: notebook.find,
    forget: notebook.forget,
    add(source) {
      const cell = hasNames(source) ? readCell(source) : undefined;
      return cell && checkOf(cell, source, notebook.add(cell).document);
    },
    prepare(source) {
      const cell = hasNames(source) ? readCell(source) : undefined;
      return cell && checkOf(cell, source, () => notebook.check(cell));
    },
    complete: (code, cursor, milliseconds) =>
      answers.get(`complete ${cursor} ${code}`, () =>
        inTurn(milliseconds, async (left) => {
          const word = wordBefore(code.slice(0, cursor));
          const edited = edit(code, cursor, word);
          if (!edited) return undefined;
          const where = { textDocument: { uri: edited.uri }, position: positionAt(code, cursor) };
          const list = await server.ask<CompletionList | null>("textDocument/completion", where, left);
          if (list === undefined) return undefined;
          if (list === null) return { start: cursor, end: cursor, matches: [], anyName: false };
          const found = readCompletions(list.items, {
            code,
            cursor,
            offset: (position) => offsetAt(code, position),
            globals: edited.cell.udf && workerGlobals,
          });
          if (!found.anyName || edited.cell.udf) return found;
          // A name that is imported from another cell is an alias to the server, whatever it stands for.
          for (const match of found.matches) match.type = kindOf(notebook.find(match.text)) ?? match.type;
          const lineStart = code.slice(code.lastIndexOf("\n", cursor - 1) + 1, found.start);
          const taken = new Set(list.items.filter(({ data }) => !data?.autoImport).map(({ label }) => label));
          return {
            ...found,
            matches: [...found.matches, ...autoImports(word, lineStart, readImportable(list.items), taken)],
          };
        }),
      ),
    describe: (code, cursor, milliseconds) =>
      answers.get(`describe ${cursor} ${code}`, (lacking) =>
        inTurn(milliseconds, async (left) => {
          const edited = edit(code, cursor);
          if (!edited) return undefined;
          const textDocument = { uri: edited.uri };
          const at = nameStart(code, cursor);
          if (at !== undefined) {
            const hover = await server.ask<Hover | null>(
              "textDocument/hover",
              { textDocument, position: positionAt(code, at) },
              left,
            );
            if (hover === undefined) lacking();
            const described = hover ? describeHover(hover) : undefined;
            if (described && !(isUndocumentedProperty(described.markdown) && hover?.range)) return described;
            if (described)
              return {
                ...described,
                ...(await documentedCall(code, offsetAt(code, hover!.range!.end), left, lacking)),
              };
          }
          const position = positionAt(code, cursor);
          const help = await server.ask<SignatureHelp | null>(
            "textDocument/signatureHelp",
            { textDocument, position },
            left,
          );
          return help ? describeSignature(help) : undefined;
        }),
      ),
    end() {
      watch.close();
      server.end();
    },
  };
}

/** `1 + 1` is no reason to start the language server. */
const hasNames = (source: string): boolean => /[\p{ID_Start}$_]/u.test(source);

const kindOf = (declaration: Declaration | undefined): string | undefined =>
  declaration?.kind === "udf" ? "function" : declaration?.kind;

/** Whether a hover is a property that can be called, and no more than its type. */
function isUndocumentedProperty(markdown: string): boolean {
  return /^```typescript\n\(property\) [^]*\)(?: =>|:)[^]*\n```$/.test(markdown);
}

/** Where the name begins in which the cursor stands, or which ends at it. */
function nameStart(code: string, cursor: number): number | undefined {
  const word = wordBefore(code.slice(0, cursor));
  if (word !== "") return cursor - word.length;
  return /^[\p{ID_Start}$_]/u.test(code.slice(cursor)) ? cursor : undefined;
}
