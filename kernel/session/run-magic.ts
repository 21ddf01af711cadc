import { randomUUID } from "node:crypto";
import { takePlace } from "../../widgets/mime-bundle.ts";
import type { Magic, MagicSession } from "../../magics/magic.ts";
import { endTree } from "./children.ts";
import type { Importer } from "./importer.ts";
import { shortText } from "./values/short-text.ts";
import type { CellScope } from "./cell-scope.ts";
import type { MainCalls } from "./main-calls.ts";
import type { Reporter } from "./reporter.ts";
import { loadMagics } from "./when-needed.ts";

interface MagicParts {
  scope: CellScope;
  reporter: Reporter;
  calls: MainCalls;
  importer: Importer;
  ask: (prompt: string) => Promise<string>;
}

/** What a magic in a cell turns into: looks the magic up, gives it a session and runs it. */
export async function runMagic(
  parts: MagicParts,
  kind: "line" | "cell",
  name: string,
  line: string,
  values: Record<string, unknown>,
  body = "",
  bodyFirstLine = 1,
  assigned = kind === "cell",
): Promise<unknown> {
  const { resolveMagic, onSettingChange } = loadMagics();
  onSettingChange((setting, value) =>
    parts.reporter.message({ type: "setting", execution: parts.reporter.execution(), name: setting, value }),
  );
  const magic = resolveMagic(name, kind);
  const session = magicSession(parts);
  if (/(^|\s)(--help|-h)(\s|$)/.test(line)) {
    session.print(`${magic.usage.trimEnd()}\n`);
    return undefined;
  }
  return magic.run({ name, kind, line, body, bodyFirstLine, values, assigned }, session);
}

function magicSession({ scope, reporter, calls, importer, ask }: MagicParts): MagicSession {
  const { execution, count, interrupt } = scope.current();
  return {
    print: (text) => reporter.text("stdout", text, execution),
    warn: (text) => reporter.text("stderr", text, execution),
    display(bundle, id) {
      const { displayId, update } = takePlace(bundle) ?? { displayId: id ?? randomUUID(), update: false };
      reporter.message({ type: "display", execution, bundle, displayId, update });
      return displayId;
    },
    update: (displayId, bundle) => reporter.message({ type: "display", execution, bundle, displayId, update: true }),
    evaluate: (source, firstLine = 1) => calls.evaluate(source, firstLine),
    names: () => Object.keys(globalThis).filter((name) => isDeclared(name)),
    forget(name) {
      forget(name);
      reporter.message({ type: "forgotten", execution, name });
    },
    setNextInput: (text, replace = false) =>
      reporter.message({ type: "payload", execution, payload: { source: "set_next_input", text, replace } }),
    page: ({ data }) => reporter.message({ type: "payload", execution, payload: { source: "page", data, start: 0 } }),
    ask,
    text: shortText,
    folder: importer.folder,
    import: (specifier) => importer.import(specifier),
    register: (magic) => registerFor(reporter, magic),
    history: () => calls.history(),
    endProcess: endTree,
    signal: interrupt.signal,
    cellName: `cell[${count}]`,
  };
}

/** Makes a user's magic known here and to the agent, which reads the cells. */
export function registerFor(reporter: Reporter, magic: Magic): void {
  const head = loadMagics().registerUserMagic(magic);
  reporter.message({ type: "magic", execution: reporter.execution(), head });
}

/** Names under which a cell with JSX in it imports what makes the elements. */
const fromJsx = new Set(["_jsx", "_jsxs", "_Fragment", "_createElement"]);

const forgotten = new Set<string>();

/** A variable of a script cannot be deleted, only emptied; it counts again when a cell gives it a value. */
function forget(name: string): void {
  if (Reflect.deleteProperty(globalThis, name)) return;
  Reflect.set(globalThis, name, undefined);
  forgotten.add(name);
}

function isDeclared(name: string): boolean {
  if (name.startsWith("__") || before.has(name) || fromJsx.has(name)) return false;
  return !forgotten.has(name) || Object.getOwnPropertyDescriptor(globalThis, name)?.value !== undefined;
}

/** Names of the global object that no cell has declared. */
const before = new Set(Object.keys(globalThis));
