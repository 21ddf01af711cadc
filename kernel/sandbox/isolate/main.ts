import { inspect } from "../../../engine/isolate/inspect.ts";
import { compileAtOnce, installGlobals, makeRunGlobals } from "../../../engine/isolate/globals.ts";
import type { HostLink } from "../../../engine/isolate/host-link.ts";
import { Modules } from "../../../engine/isolate/modules.ts";
import { Requests } from "../../../engine/isolate/requests.ts";
import { makeTravel } from "../../../engine/isolate/travel.ts";
import type { MagicSession } from "../../../magics/magic.ts";
import { makeCalls } from "./calls.ts";
import { makeCellFused } from "./cell-fused.ts";
import { createIsolateScope } from "./cell-scope.ts";
import { makeCellUdfs, type UdfFacts } from "./cell-udfs.ts";
import type { AskedKind, IsolateMessage, Outward, ToldKind } from "./channel.ts";
import { describeError } from "./describe-error.ts";
import { findLocalMagic } from "./local-magics.ts";
import { present } from "./present.ts";
import { makePrompts } from "./prompts.ts";
import { makeSubtle } from "./subtle.ts";
import { makeTextWriter } from "./text-writer.ts";

/** Strings longer than this do not cross the inspector (kernel/session/values/long-string.ts). */
const longestInspected = 10_000;

/**
 * Makes the context of a sandboxed notebook ready: gives it its globals, `fused` and the `__fused` that rewritten cells call
 * (kernel/session/repl-script.ts), and returns `control`, the host's one way in. All that cells can reach here is theirs to
 * abuse: it does nothing that the host does not check.
 */
export function install(
  tell: (kind: ToldKind, ...values: unknown[]) => void,
  ask: (kind: AskedKind, detail: unknown) => unknown,
  memory: SharedArrayBuffer,
): (operation: string, ...values: never[]) => unknown {
  const outward: Outward = { tell, ask };
  const scope = createIsolateScopeLazily();
  const writer = makeTextWriter(outward, memory, () => scope().current().execution);
  const host: HostLink = {
    finish: () => {},
    log: writer.write,
    arm: (milliseconds) => tell("arm", milliseconds),
    request: (id, kind, detail, body) => tell("request", id, kind, detail, body),
    drop: (id) => tell("drop", id),
    random: (count) => ask("random", count) as ArrayBuffer,
    url: (detail) => ask("url", detail) as string | undefined,
    secret: () => undefined,
  };
  const requests = new Requests(host);
  const modules = new Modules(requests);
  const travel = makeTravel(modules);
  const parts = { requests, modules, travel, current: { facts: undefined } };
  const globals = makeRunGlobals(host, parts, () => Infinity);
  installGlobals(host, parts, globals);
  globals.startClock();

  const execution = () => scope().current().execution;
  const message = (content: IsolateMessage, body?: ArrayBuffer) => {
    writer.flow();
    tell("message", JSON.stringify(content), body);
  };
  const calls = makeCalls(requests, travel, execution);
  const sources = new WeakMap<object, string>();
  const udfs = makeCellUdfs(outward, calls, (fn) => sources.get(fn));
  const prompts = makePrompts(outward, calls, memory, execution);
  const evaluations = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let evaluationCount = 0;

  /** Work that must not be done inside the inspector's dispatch, where it could not be interrupted. */
  let later: (() => void)[] = [];
  const nextTurn = (of: number, work: () => Promise<void>, failed: (error: unknown) => void) => {
    later.push(() => void scope().run(of, work).catch(failed));
    tell("turn");
  };

  const show = async (of: "result" | "display", value: unknown, displayId?: string, update = false): Promise<void> => {
    const at = execution();
    const { shown, body } = await present(value, travel);
    if ("bundle" in shown && Object.keys(shown.bundle).length === 0) return;
    message({ type: "show", execution: at, of, shown, displayId, update }, body);
  };
  const showBundle = (bundle: Record<string, unknown>, displayId?: string, update = false) =>
    message({ type: "show", execution: execution(), of: "display", shown: { bundle }, displayId, update });

  const display = async (
    value: unknown,
    { id = crypto.randomUUID(), update = false, raw = false }: { id?: string; update?: boolean; raw?: boolean } = {},
  ) => {
    const draw = (each: unknown, isUpdate: boolean, isRaw: boolean) =>
      isRaw ? showBundle(each as Record<string, unknown>, id, isUpdate) : show("display", each, id, isUpdate);
    await draw(value, update, raw);
    const handle = {
      id,
      update: async (next: unknown, options: { raw?: boolean } = {}) => draw(next, true, options.raw ?? false),
    };
    return Object.defineProperty(handle, Symbol.for("Jupyter.display"), { value: () => ({}) });
  };

  const evaluate = (source: string, firstLine = 1): Promise<unknown> => {
    // Even numbers are the host's own.
    const id = ++evaluationCount * 2 + 1;
    const value = new Promise<unknown>((resolve, reject) => evaluations.set(id, { resolve, reject }));
    calls.call("evaluate", { id, source, firstLine }).catch((error: unknown) => {
      evaluations.get(id)?.reject(error);
      evaluations.delete(id);
    });
    return value;
  };

  const magicSession = (): MagicSession => {
    const run = scope().current();
    const session = {
      print: (text: string) => host.log("stdout", text),
      warn: (text: string) => host.log("stderr", text),
      display(bundle: { data: Record<string, unknown> }, displayId: string = crypto.randomUUID()) {
        showBundle(bundle.data, displayId);
        return displayId;
      },
      evaluate,
      names: declaredNames,
      forget,
      ask: (text: string) => prompts.input(text),
      text: (value: unknown, longest: number) => {
        const line = inspect(value, 1).replace(/\s+/g, " ");
        return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
      },
      signal: run.interrupt.signal,
      cellName: `cell[${run.count}]`,
    };
    return session as unknown as MagicSession;
  };

  const runMagic = async (
    kind: "line" | "cell",
    name: string,
    line: string,
    values: Record<string, unknown>,
    body = "",
    bodyFirstLine = 1,
    assigned = kind === "cell",
  ): Promise<unknown> => {
    const local = /(^|\s)(--help|-h)(\s|$)/.test(line) ? undefined : findLocalMagic(name);
    if (local?.kinds.includes(kind)) {
      return local.run({ name, kind, line, body, bodyFirstLine, values, assigned }, magicSession());
    }
    const use = { kind, name, line, body, bodyFirstLine, assigned, keys: Object.keys(values), names: declaredNames() };
    const { value, data } = await calls.call("magic", use, Object.values(values));
    return fromHost(value, data);
  };

  /** A value of the host's: a handle, or data. */
  const fromHost = (value: unknown, data: unknown): unknown => {
    const { udf, pool } = (value ?? {}) as { udf?: UdfFacts; pool?: Parameters<typeof udfs.wrapPool>[0] };
    if (udf) return udfs.wrap(udf);
    return pool ? udfs.wrapPool(pool) : data;
  };

  const rewritten = {
    cell(of: number, count: number) {
      const begun = scope().cell(of, count);
      tell("turn");
      return begun;
    },
    leave() {},
    halt: (...of: number[]) => scope().halt(of),
    halted: (of: number) => scope().isHalted(of),
    interrupt: (of: number) => scope().interrupt(of),
    live: (value: unknown) => scope().live(value),
    liveEach: (iterable: Iterable<unknown>) => scope().liveEach(iterable),
    import: (name: unknown) => modules.load(name),
    meta: Object.freeze({ url: "fused:notebook" }),
    held: (value: unknown) =>
      typeof value === "string" && value.length > longestInspected ? new LongString(value) : value,
    source<F extends object>(fn: F, text: string): F {
      sources.set(fn, text);
      return fn;
    },
    magic: runMagic,
    help: (name: string, detail: number) => calls.call("help", { name, detail }).then(() => undefined),
    shell() {
      throw new Error("A sandboxed notebook runs no commands of this machine: ! is refused.");
    },
    finish(of: number, failed: boolean, value: unknown, silent: boolean) {
      const fail = (error: unknown) => message({ type: "finished", execution: of, error: describeError(error) });
      const work = async () => {
        if (failed) return fail(value);
        const settled = released(await value);
        if (!silent && settled !== undefined) await show("result", settled);
        message({ type: "finished", execution: of });
      };
      nextTurn(of, work, fail);
    },
    answer(of: number, id: number, failed: boolean, value: unknown) {
      const fail = (error: unknown) => message({ type: "answer", execution: of, id, error: describeError(error) });
      const work = async () => {
        if (failed) return fail(value);
        const { shown, body } = await present(released(await value), travel);
        message({ type: "answer", execution: of, id, shown }, body);
      };
      nextTurn(of, work, fail);
    },
    evaluated(id: number, failed: boolean, value: unknown) {
      const own = evaluations.get(id);
      evaluations.delete(id);
      if (own) {
        later.push(() => (failed ? own.reject(value) : own.resolve(released(value))));
        tell("turn");
        return;
      }
      const of = execution();
      const fail = (error: unknown) => message({ type: "evaluated", execution: of, id, error: describeError(error) });
      const work = async () => {
        if (failed) return fail(value);
        const { heads, body } = calls.pack([released(await value)]);
        message({ type: "evaluated", execution: of, id, values: heads }, body);
      };
      nextTurn(of, work, fail);
    },
  };

  const hidden = (value: unknown) => ({ value, enumerable: false, configurable: true, writable: true });
  Object.defineProperties(globalThis, {
    __fused: { value: Object.freeze(rewritten), enumerable: false },
    display: hidden(display),
    clearOutput: hidden(({ wait = false }: { wait?: boolean } = {}) =>
      message({ type: "clear", execution: execution(), wait }),
    ),
    prompt: hidden((text = "", preset = "") => prompts.now(String(text), false) ?? (preset || null)),
    confirm: hidden((text = "") => /^y(es)?$/i.test(prompts.now(`${String(text)} [y/N] `, false) ?? "")),
    input: hidden((text = "", { password = false }: { password?: boolean } = {}) =>
      prompts.input(String(text), password),
    ),
    fused: hidden(makeCellFused(requests, udfs)),
  });
  Object.defineProperty(globalThis.crypto, "subtle", hidden(makeSubtle(calls)));
  bindTimers();

  const forgotten = new Set<string>();
  const before = new Set([...Object.getOwnPropertyNames(globalThis), "_jsx", "_jsxs", "_Fragment", "_createElement"]);
  function declaredNames(): string[] {
    return Object.keys(globalThis).filter(
      (name) =>
        !name.startsWith("__") &&
        !before.has(name) &&
        (!forgotten.has(name) || Object.getOwnPropertyDescriptor(globalThis, name)?.value !== undefined),
    );
  }
  function forget(name: string): void {
    if (Reflect.deleteProperty(globalThis, name)) return;
    Reflect.set(globalThis, name, undefined);
    forgotten.add(name);
  }

  /** A timer's callback is part of the cell that set it, also when it throws after the cell has ended. */
  function bindTimers(): void {
    for (const name of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"] as const) {
      const set = globalThis[name] as (...values: unknown[]) => unknown;
      const bound = (callback: unknown, ...values: unknown[]) => {
        if (typeof callback !== "function") return set(callback, ...values);
        const of = execution();
        const work = scope().bind(callback as (...given: unknown[]) => unknown);
        const guarded = (...given: unknown[]) => {
          try {
            return work(...given);
          } catch (error) {
            return message({ type: "stray", execution: of, what: "Uncaught", error: describeError(error) });
          }
        };
        return set(guarded, ...values);
      };
      Object.defineProperty(bound, "name", { value: name });
      Object.defineProperty(globalThis, name, hidden(bound));
    }
  }

  compileAtOnce();
  return function control(operation: string, ...values: never[]): unknown {
    switch (operation) {
      case "turn": {
        const due = later;
        later = [];
        for (const work of due) work();
        scope().release();
        return undefined;
      }
      case "fire":
        globals.timers.fire(() => {});
        return undefined;
      case "reply":
        requests.settle(...(values as unknown as Parameters<Requests["settle"]>));
        return undefined;
      case "package":
        modules.addPackage(values[0]!, values[1]!);
        return undefined;
      default:
        return undefined;
    }
  };
}

class LongString {
  text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const released = (value: unknown): unknown => (value instanceof LongString ? value.text : value);

/** Made when the globals are there that it needs (`AbortController`). */
function createIsolateScopeLazily(): () => ReturnType<typeof createIsolateScope> {
  let made: ReturnType<typeof createIsolateScope> | undefined;
  return () => (made ??= createIsolateScope());
}
