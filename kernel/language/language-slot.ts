import type { ReadCompletions } from "./completions.ts";
import type { Declaration } from "./declarations.ts";
import type { Description } from "./describe.ts";
import type { Check, Language } from "./language.ts";
import type { TypeProblem } from "./type-problems.ts";

/** A cell that runs. */
export interface RunningCell {
  source: string;
  execution: number;
  /** How the author names it: `cell[3]`. */
  name: string;
  /** Whether anybody looks at its output. */
  silent: boolean;
}

/** What becomes of type errors: told under the cell, told instead of running it, or not looked for. */
export type Typecheck = "warning" | "error" | "off";

/** The session's access to the language service, which is loaded when it is first needed. */
export interface LanguageSlot {
  typecheck: Typecheck;
  /** Whether the language server has answered before, so that the next answer comes soon. */
  isWarm(): boolean;
  /** Problems for which a cell must not run: none unless `typecheck` is "error". */
  refuse(source: string): Promise<TypeProblem[]>;
  cellRuns(cell: RunningCell): void;
  /** A name that cells have declared is gone. */
  forget(name: string): void;
  /** Starts the language server when what is under way has been answered. */
  startSoon(): void;
  /** Names and members at the cursor; undefined where the language server is not up yet, is slow, or knows nothing. */
  complete(code: string, cursor: number): Promise<ReadCompletions | undefined>;
  describe(code: string, cursor: number, milliseconds?: number): Promise<Description | undefined>;
  find(name: string): Promise<Declaration | undefined>;
}

export interface LanguageSlotParts {
  folder: string;
  /** Shows what the check of a cell has found; the cell may have ended long ago. */
  report(cell: RunningCell, problems: TypeProblem[]): void;
  serverStarted(pid: number): void;
}

/** A description is waited for this long, milliseconds. */
const patience = 220;
/** A completion, on a busy machine: JupyterLab drops what takes longer than a second. */
const completionPatience = 900;
/**
 * While the server starts, a completion waits this long for it where nothing else is known: somebody has pressed Tab, and
 * would see nothing at all. Our lab waits for it; other front ends drop it, and get the next one.
 */
const coldPatience = { complete: 4000, describe: 80 };
/** Cells are checked when no other has begun for this long, milliseconds: quick cells one after the other are not slowed. */
const quiet = 40;
/** While somebody types, checks wait until there was no question for this long, milliseconds. */
const quietAfterQuestion = 250;
/** How long no cell must have begun before the server is started for a check. */
const quietBeforeStart = 1000;
/** The server, which takes a core for its start, is started when no question came for this long, milliseconds… */
const quietQuestions = 100;
/** … or when the first of them is this old. */
const startAtLatest = 800;
const longestCheck = 10_000;
/** Checks that wait, at most: of more cells than that at once the first go unchecked. */
const mostWaiting = 300;

export function createLanguageSlot({ folder, report, serverStarted }: LanguageSlotParts): LanguageSlot {
  let loading: Promise<Language> | undefined;
  let language: Language | undefined;
  /** Cells that the language service has not seen yet, in the order in which they ran, and names forgotten in between. */
  const unseen: (RunningCell | { forgotten: string })[] = [];
  let checks: { cell: RunningCell; check: Check }[] = [];
  let lastCell = 0;
  let lastQuestion = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let checking = false;
  let startingSoon = false;

  const load = async (): Promise<Language> => {
    loading ??= import("./language.ts").then(({ createLanguage }) =>
      createLanguage(folder, { started: serverStarted }),
    );
    language = await loading;
    for (let cell = unseen.shift(); cell; cell = unseen.shift()) {
      if ("forgotten" in cell) {
        language.forget(cell.forgotten);
        continue;
      }
      const check = language.add(cell.source);
      if (check && !cell.silent) checks.push({ cell, check });
    }
    if (checks.length > mostWaiting) checks = checks.slice(-mostWaiting);
    return language;
  };

  const isQuiet = (): boolean => {
    const now = performance.now();
    return (
      now - lastCell >= (language?.isWarm() ? quiet : quietBeforeStart) - 1 && now - lastQuestion >= quietAfterQuestion
    );
  };
  const checkLater = (): void => {
    if (timer || checking) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        // A failure here may cost a warning, never the session.
        if (isQuiet()) void checkAll().catch(() => {});
        else checkLater();
      },
      language?.isWarm() ? quiet : quietBeforeStart,
    );
  };
  const checkAll = async (): Promise<void> => {
    checking = true;
    try {
      const of = await load();
      const wanted = slot.typecheck === "warning";
      if (!wanted) checks = [];
      if (checks.length > 0 && (await of.start())) {
        for (let next = checks.shift(); next; next = checks.shift()) {
          const problems = await next.check(longestCheck);
          if (problems && problems.length > 0 && slot.typecheck === "warning") report(next.cell, problems);
          if (!isQuiet()) break;
        }
      } else checks = [];
    } finally {
      checking = false;
    }
    if (checks.length > 0 || unseen.length > 0) checkLater();
  };

  const slot: LanguageSlot = {
    typecheck: "warning",
    isWarm: () => language?.isWarm() ?? false,
    async refuse(source) {
      if (slot.typecheck !== "error") return [];
      const of = await load();
      const check = of.prepare(source);
      return (check && (await of.start()) && (await check(longestCheck))) || [];
    },
    cellRuns(cell) {
      unseen.push(cell);
      lastCell = performance.now();
      checkLater();
    },
    forget(name) {
      unseen.push({ forgotten: name });
    },
    startSoon() {
      lastQuestion = performance.now();
      if (startingSoon) return;
      startingSoon = true;
      const latest = lastQuestion + startAtLatest;
      const look = (): void => {
        const now = performance.now();
        if (now - lastQuestion < quietQuestions && now < latest) return void setTimeout(look, quietQuestions / 2);
        startingSoon = false;
        void load()
          .then((of) => of.start())
          .catch(() => {});
      };
      setTimeout(look, quietQuestions);
    },
    async complete(code, cursor) {
      lastQuestion = performance.now();
      const of = await load();
      return (await ready(of, coldPatience.complete)) ? of.complete(code, cursor, completionPatience) : undefined;
    },
    async describe(code, cursor, milliseconds = patience) {
      lastQuestion = performance.now();
      const of = await load();
      return (await ready(of, coldPatience.describe)) ? of.describe(code, cursor, milliseconds) : undefined;
    },
    async find(name) {
      return (await load()).find(name);
    },
  };

  /** Whether the server answers soon enough to be asked. */
  const ready = async (of: Language, milliseconds: number): Promise<boolean> => {
    if (of.isWarm()) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
    const up = await Promise.race([of.start(), late]);
    clearTimeout(timer);
    return up;
  };
  return slot;
}
