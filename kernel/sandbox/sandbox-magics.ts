import { randomUUID } from "node:crypto";
import type { Magic, MagicSession } from "../../magics/magic.ts";
import { MagicError } from "../../magics/magic.ts";
import { takePlace } from "../../widgets/mime-bundle.ts";
import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import { shortText } from "../session/values/short-text.ts";
import { harmlessText } from "./harmless-text.ts";
import { loadMagics } from "../session/when-needed.ts";

/** Magics of which the host does the work. The notebook's isolate does those that need its values (isolate/local-magics.ts). */
const allowed = new Set(["run_udf", "run_tile", "tile", "map", "map_udf", "pool", "lsmagic", "history", "config"]);
/** Of these the cell form only: as line magics they work with files. */
const asCell = new Set(["udf", "fused"]);

/** One use of a magic in a cell, checked. */
export interface MagicUse {
  kind: "line" | "cell";
  name: string;
  line: string;
  body: string;
  bodyFirstLine: number;
  assigned: boolean;
  values: Record<string, unknown>;
  /** Names that the notebook has declared. */
  names: string[];
}

export interface MagicLinks {
  print(stream: "stdout" | "stderr", text: string): void;
  display(bundle: MimeBundle, displayId: string, update: boolean): void;
  payload(payload: Record<string, unknown>): void;
  evaluate(source: string, firstLine: number): Promise<unknown>;
  ask(prompt: string): Promise<string>;
  history(): { count: number; source: string }[];
  setting(name: string, value: string): void;
  signal: AbortSignal;
  cellName: string;
}

/** Runs a magic for a sandboxed notebook. @throws MagicError for one that works with what the notebook must not touch */
export async function runSandboxMagic(use: MagicUse, links: MagicLinks): Promise<unknown> {
  const { kind, name, line } = use;
  const { resolveMagic, onSettingChange } = loadMagics();
  onSettingChange(links.setting);
  const magic: Magic = resolveMagic(name, kind);
  if (/(^|\s)(--help|-h)(\s|$)/.test(line)) {
    links.print("stdout", `${magic.usage.trimEnd()}\n`);
    return undefined;
  }
  if (!allowed.has(magic.name) && !(asCell.has(magic.name) && kind === "cell")) {
    const written = `${kind === "cell" ? "%%" : "%"}${name}`;
    throw new MagicError(
      `${written} is refused: it works with files, programs, packages or settings of this machine, and a sandboxed notebook ` +
        "has none of them. Run the notebook with the kernel TypeScript (Fused) if you trust it.",
    );
  }
  return magic.run({ ...use, name: magic.name }, sessionOf(use, links));
}

function sessionOf({ names }: MagicUse, links: MagicLinks): MagicSession {
  const refuse = (what: string) => (): never => {
    throw new MagicError(`A sandboxed notebook ${what}.`);
  };
  return {
    print: (text) => links.print("stdout", harmlessText(text)),
    warn: (text) => links.print("stderr", harmlessText(text)),
    display(bundle, id) {
      const { displayId, update } = takePlace(bundle) ?? { displayId: id ?? randomUUID(), update: false };
      links.display(bundle, displayId, update);
      return displayId;
    },
    update: (displayId, bundle) => links.display(bundle, displayId, true),
    evaluate: (source, firstLine = 1) => links.evaluate(source, firstLine),
    names: () => names,
    forget: refuse("forgets names with %reset only"),
    setNextInput: (text, replace = false) => links.payload({ source: "set_next_input", text, replace }),
    page: ({ data }) => links.payload({ source: "page", data, start: 0 }),
    ask: links.ask,
    text: shortText,
    folder: "/",
    import: refuse("imports no files"),
    register: refuse("makes no magics of its own"),
    history: async () => links.history(),
    endProcess: refuse("ends no processes"),
    signal: links.signal,
    cellName: links.cellName,
  };
}
