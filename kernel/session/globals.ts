import type { Magic } from "../../magics/magic.ts";
import { types } from "node:util";
import type { Worker } from "node:worker_threads";
import { setDisplaySettings } from "../../widgets/display-settings.ts";
import { takePlace } from "../../widgets/mime-bundle.ts";
import type { CellScope } from "./cell-scope.ts";
import { createComms } from "./comms.ts";
import { describeError } from "./describe-error.ts";
import type { Importer } from "./importer.ts";
import { registerFor, runMagic } from "./run-magic.ts";
import { linkControls } from "./link-controls.ts";
import { openMainCalls, type MainCalls } from "./main-calls.ts";
import { createDisplay } from "./display.ts";
import { askForInput, promptNow } from "./prompt.ts";
import type { Reporter } from "./reporter.ts";
import { runShell } from "./shell.ts";
import { loadDisplays, loadMagics, loadRewriting, loadSdk } from "./when-needed.ts";
import { held, released } from "./values/long-string.ts";
import { showResult, toBundle } from "./show-value.ts";

export interface SessionParts {
  agent: Worker;
  scope: CellScope;
  reporter: Reporter;
  importer: Importer;
  stdin: SharedArrayBuffer;
}

/** What cells see beside JavaScript and Node: `display`, `clearOutput`, `fused`, `require`, `prompt` …, and `__fused` for rewritten code. */
export function installGlobals({ agent, scope, reporter, importer, stdin }: SessionParts): void {
  const comms = createComms(reporter, scope);
  const calls = openMainCalls(agent, reporter, scope, comms.receive);
  linkControls(comms, reporter);

  const display = createDisplay(reporter);
  const clearOutput = ({ wait = false }: { wait?: boolean } = {}): void => {
    reporter.message({ type: "clear", execution: reporter.execution(), wait });
  };

  const rewritten = {
    cell(execution: number, count: number) {
      scope.enter(execution, count);
      return new Promise<void>((go) => setImmediate(go));
    },
    leave: () => scope.leave(),
    halt: (...executions: number[]) => executions.forEach(scope.halt),
    halted: scope.isHalted,
    interrupt: (execution: number) => scope.interrupt(execution),
    live: scope.live,
    liveEach: scope.liveEach,
    import: importer.import,
    meta: importer.meta,
    held,
    source: rememberSource,
    magic: (...use: Parameters<typeof runMagic> extends [unknown, ...infer Rest] ? Rest : never) =>
      runMagic({ scope, reporter, calls, importer, ask: (text) => askForInput(reporter, stdin, text, {}) }, ...use),
    help: (name: string, detail: number) => calls.help(name, detail),
    shell: (command: string, capture: boolean) =>
      runShell(command, capture, reporter, scope.current().interrupt.signal),
    /** Called by the agent when the cell's evaluation has settled. */
    finish(execution: number, failed: boolean, value: unknown, silent: boolean) {
      scope.nextTurn(execution, async () => {
        if (failed) return reporter.message({ type: "finished", execution, error: describeError(value) });
        try {
          // To wait for a proxy would ask it for `then`.
          const settled = types.isProxy(value) ? value : released(await value);
          const bundle = silent || settled === undefined ? undefined : await showResult(settled);
          const place = bundle && takePlace(bundle);
          if (place) reporter.message({ type: "display", execution, bundle, ...place });
          else if (bundle) reporter.message({ type: "result", execution, bundle });
          reporter.message({ type: "finished", execution });
        } catch (error) {
          reporter.message({ type: "finished", execution, error: describeError(error) });
        }
      });
    },
    /** Called by the agent for a user expression: its value as a bundle. */
    answer(execution: number, id: number, failed: boolean, value: unknown) {
      scope.nextTurn(execution, async () => {
        try {
          if (failed) throw value;
          reporter.message({ type: "answer", execution, id, value: await toBundle(released(await value)) });
        } catch (error) {
          reporter.message({ type: "answer", execution, id, error: describeError(error) });
        }
      });
    },
    evaluated: (id: number, failed: boolean, value: unknown) =>
      calls.evaluated(id, failed, types.isProxy(value) ? value : released(value)),
  };
  const hidden = (value: unknown) => ({ value, enumerable: false, configurable: true, writable: true });
  Object.defineProperties(globalThis, {
    __fused: { value: Object.freeze(rewritten), enumerable: false },
    display: hidden(display),
    clearOutput: hidden(clearOutput),
    jupyter: hidden(comms.jupyter),
    require: hidden(importer.require),
    prompt: hidden((text = "", preset = "") => promptNow(reporter, stdin, String(text), false) ?? (preset || null)),
    confirm: hidden((text = "") => /^y(es)?$/i.test(promptNow(reporter, stdin, `${String(text)} [y/N] `, false) ?? "")),
    input: hidden((text = "", options: { password?: boolean } = {}) =>
      askForInput(reporter, stdin, String(text), options),
    ),
    // The SDK is read when a cell first speaks of it: a session that only computes starts without it.
    fused: {
      configurable: true,
      enumerable: false,
      get() {
        const sdk = openSdk(calls, reporter, scope, importer);
        Object.defineProperty(globalThis, "fused", hidden(sdk));
        return sdk;
      },
      set(value) {
        Object.defineProperty(globalThis, "fused", hidden(value));
      },
    },
  });
}

const functionSources = new WeakMap<object, string>();

function rememberSource<F extends object>(fn: F, text: string): F {
  functionSources.set(fn, text);
  return fn;
}

/** The text of a function of a cell, without what the rewriting put in. */
function authorsText(fn: object): string {
  const text = Function.prototype.toString.call(fn);
  return text.includes("__fused.") ? loadRewriting().withoutRewriting(text) : text;
}

function openSdk(calls: MainCalls, reporter: Reporter, scope: CellScope, importer: Importer): unknown {
  const sdk = loadSdk().connectSdk({
    folder: importer.folder,
    sourceOf: (fn) => functionSources.get(fn) ?? authorsText(fn),
    enginePath: () => calls.engine(),
    write: (stream, text) => reporter.text(stream, text),
    display: (bundle, displayId, update) =>
      reporter.message({ type: "display", execution: reporter.execution(), bundle, displayId, update }),
    nextCell: (text) =>
      reporter.message({
        type: "payload",
        execution: reporter.execution(),
        payload: { source: "set_next_input", text, replace: false },
      }),
    registerMagic: (magic) => registerFor(reporter, magic as Magic),
    poolView: (progress, actions) => loadMagics().poolView(progress, actions),
    secrets: (values) => reporter.message({ type: "secrets", execution: reporter.execution(), values }),
    detached: scope.detached,
    signal: () => scope.current().interrupt.signal,
  });
  setDisplaySettings(() => sdk.options.show);
  return Object.assign(sdk, loadDisplays());
}
