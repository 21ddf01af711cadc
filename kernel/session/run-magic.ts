import { randomUUID } from "node:crypto";
import type { MagicSession } from "../../magics/magic.ts";
import type { CellScope } from "./cell-scope.ts";
import type { MainCalls } from "./main-calls.ts";
import type { Reporter } from "./reporter.ts";
import { loadMagics } from "./when-needed.ts";

interface MagicParts {
  scope: CellScope;
  reporter: Reporter;
  calls: MainCalls;
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

function magicSession({ scope, reporter, calls }: MagicParts): MagicSession {
  const { execution, count, interrupt } = scope.current();
  return {
    print: (text) => reporter.text("stdout", text, execution),
    warn: (text) => reporter.text("stderr", text, execution),
    display(bundle, displayId: string = randomUUID()) {
      reporter.message({ type: "display", execution, bundle, displayId, update: false });
      return displayId;
    },
    update: (displayId, bundle) => reporter.message({ type: "display", execution, bundle, displayId, update: true }),
    evaluate: (source, firstLine = 1) => calls.evaluate(source, firstLine),
    names: () => Object.keys(globalThis).filter((name) => !name.startsWith("__") && !before.has(name)),
    setNextInput: (text, replace = false) =>
      reporter.message({ type: "payload", execution, payload: { source: "set_next_input", text, replace } }),
    page: ({ data }) => reporter.message({ type: "payload", execution, payload: { source: "page", data, start: 0 } }),
    signal: interrupt.signal,
    cellName: `cell[${count}]`,
  };
}

/** Names of the global object that no cell has declared. */
const before = new Set(Object.keys(globalThis));
