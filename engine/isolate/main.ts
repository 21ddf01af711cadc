import { compileAtOnce, installGlobals } from "./globals.ts";
import { harden } from "./harden.ts";
import type { HostLink } from "./host-link.ts";
import { IsolateRun, type Definition, type StartDetail } from "./isolate-run.ts";

type ExternalCopyClass = new (value: unknown, options: object) => unknown;
/** Of a kept context: gives the UDF anew, with a run's own globals. */
type MakeDefinition = (...globals: unknown[]) => Definition;

/**
 * Makes a context ready for runs: gives it its globals and returns `control`, the host's one way in. Runs once, for the
 * snapshot that every isolate starts from; each context then gets its own copy of all this, and `connect`s it to the host.
 * A context is for one run, or after `harden` for many runs of one UDF, one after another. Neither `control` nor what it is
 * handed may become reachable for the UDF.
 */
export function install(): (operation: string, ...values: never[]) => unknown {
  let tell: (...values: unknown[]) => void;
  let ask: (...values: unknown[]) => unknown;
  let define: () => Definition;
  let isKept = false;

  /** A run, whose ways to the host are closed as soon as another is the one that is on. */
  function openRun(): IsolateRun {
    const isOn = () => run === opened;
    const say = (...values: unknown[]) => {
      if (isOn()) tell(...values);
    };
    const enquire = (...values: unknown[]) => (isOn() ? ask(...values) : undefined);
    const host: HostLink = {
      finish: (status, detail, text, body) => say("finish", status, detail, text, body),
      log: (stream, text) => say("log", stream, text),
      arm: (milliseconds) => say("arm", milliseconds),
      request: (id, kind, detail, body) => say("request", id, kind, detail, body),
      drop: (id) => say("drop", id),
      random: (count) => enquire("random", count) as ArrayBuffer,
      url: (detail) => enquire("url", detail) as string | undefined,
      secret: (name) => enquire("secret", name) as string | undefined,
    };
    const opened: IsolateRun = new IsolateRun(host);
    if (!isKept) installGlobals(host, opened.parts, opened.globals);
    return opened;
  }

  /** The detail is the same from run to run, mostly. */
  let detailText = "";
  let detail: StartDetail;
  const start = (text: string, ...values: unknown[]) => {
    if (text !== detailText) detail = JSON.parse((detailText = text)) as StartDetail;
    return run.start(define, detail, ...(values as [undefined, false, "", ArrayBuffer]));
  };

  /** Runs one after another, each when the one before has ended. */
  const startRow = async (text: string, facts: string | undefined, ...given: unknown[]) => {
    row = [];
    for (let i = 0; i < given.length; i += 3) {
      run = openRun();
      row.push(run);
      await start(text, facts, given[i], given[i + 1], given[i + 2]);
    }
  };

  let run = openRun();
  let row = [run];
  return function control(operation: string, ...values: never[]): unknown {
    switch (operation) {
      case "connect":
        tell = values[0]!;
        ask = values[1]!;
        compileAtOnce();
        return undefined;
      case "harden":
        isKept = true;
        harden(ours(), () => (run.hasStrayed = true));
        return undefined;
      case "define":
        define = () => values[0]!;
        return undefined;
      case "defineKept": {
        const names = (values[0]! as string).split(",").filter(Boolean);
        define = () => (values[1]! as MakeDefinition)(...names.map((name) => run.globals.get(name)));
        return undefined;
      }
      case "package":
        run.parts.modules.addPackage(values[0]!, values[1]!);
        return undefined;
      case "start":
        if (isKept) run = openRun();
        row = [run];
        void start(...(values as unknown as [string]));
        return undefined;
      case "startRow":
        void startRow(...(values as unknown as [string, undefined]));
        return undefined;
      case "fire":
        run.globals.timers.fire(run.fail);
        return undefined;
      case "reply":
        run.parts.requests.settle(...(values as unknown as Parameters<IsolateRun["parts"]["requests"]["settle"]>));
        return undefined;
      case "take":
        return moveOut(
          (values[1]! as { ExternalCopy: ExternalCopyClass }).ExternalCopy,
          row[values[2]!]!.results[values[0]!]!,
        );
      default:
        return undefined;
    }
  };
}

/** What of this bundle outlives a run and is given to UDFs: functions, and what the methods of their values are. */
function ours(): object[] {
  const tiles = require("../../fused/tiles/index.ts") as typeof import("../../fused/tiles/index.ts");
  return [...Object.values(tiles), tiles.createBounds([0, 0, 1, 1]), tiles.createTile(0, 0, 0)];
}

/** Hands a result over without a copy. Memory that cannot change hands, as WebAssembly's, is copied. */
function moveOut(ExternalCopy: ExternalCopyClass, { buffer }: Uint8Array): unknown {
  try {
    return new ExternalCopy(buffer, { __proto__: null, transferOut: true });
  } catch {
    return new ExternalCopy(buffer.slice(0), { __proto__: null, transferOut: true });
  }
}
