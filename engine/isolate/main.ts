import type { EncodedValue } from "../values/encoded-value.ts";
import type { ParameterSchema } from "../udf-frame.ts";
import { buildArguments } from "./arguments.ts";
import { describeFailure } from "./failure.ts";
import { compileAtOnce, installGlobals } from "./globals.ts";
import type { HostLink } from "./host-link.ts";
import { Modules, type Factory } from "./modules.ts";
import { Requests } from "./requests.ts";
import type { CurrentRun, RunFacts } from "./run-facts.ts";
import { makeTravel } from "./travel.ts";

/** What a run is started with, as JSON. */
export interface StartDetail {
  parameters: ParameterSchema;
  hasTables: boolean;
  resultBytes: number;
  logCharacters: number;
  /** Absent where the run may use nothing of the host's machine. */
  facts: RunFacts | undefined;
}

/** What a run ended with, as JSON beside the parts of its value. */
export interface FinishDetail {
  hasTables: boolean;
  /** How many buffers the host is to take with `control("take", i)`. */
  buffers: number;
  bytes: number;
  /** Milliseconds. */
  run: number;
  encode: number;
}

interface Definition {
  $main: Factory;
  modules: Record<string, Factory>;
}

type ExternalCopyClass = new (value: unknown, options: object) => unknown;

/**
 * Makes a context ready for one run: gives it its globals and returns `control`, the host's one way in. Runs once, for the
 * snapshot that every isolate starts from; each context then gets its own copy of all this, and `connect`s it to the host.
 * Neither `control` nor what it is handed may become reachable for the UDF.
 */
export function install(): (operation: string, ...values: never[]) => unknown {
  let tell: (...values: unknown[]) => void;
  let ask: (...values: unknown[]) => unknown;
  const host: HostLink = {
    finish: (status, detail, text, body) => tell("finish", status, detail, text, body),
    log: (stream, text) => tell("log", stream, text),
    arm: (milliseconds) => tell("arm", milliseconds),
    request: (id, kind, detail, body) => tell("request", id, kind, detail, body),
    drop: (id) => tell("drop", id),
    random: (count) => ask("random", count) as ArrayBuffer,
    url: (detail) => ask("url", detail) as string | undefined,
    secret: (name) => ask("secret", name) as string | undefined,
  };
  let logCharacters = 0;
  let definition: Definition | undefined;
  let results: Uint8Array[] = [];
  let isOver = false;

  const requests = new Requests(host);
  const modules = new Modules(requests);
  const travel = makeTravel(modules);
  const current: CurrentRun = { facts: undefined };
  const { timers, startClock } = installGlobals(host, { requests, modules, travel, current }, () => logCharacters);

  const fail = (thrown: unknown) => {
    if (isOver) return;
    isOver = true;
    host.finish("error", JSON.stringify(describeFailure(thrown)), "", undefined);
  };

  const succeed = (value: unknown, started: number, maxBytes: number) => {
    const returned = Date.now();
    const encoded = travel.encode(value, maxBytes);
    if (isOver) return;
    isOver = true;
    results = encoded.buffers;
    const detail: FinishDetail = {
      hasTables: encoded.hasTables,
      buffers: results.length,
      bytes: results.reduce((sum, { length }) => sum + length, encoded.body.length + encoded.text.length),
      run: returned - started,
      encode: Date.now() - returned,
    };
    host.finish("ok", JSON.stringify(detail), encoded.text, encoded.body.buffer as ArrayBuffer);
  };

  const start = async (startDetail: string, text: string, body: ArrayBuffer, ...buffers: ArrayBuffer[]) => {
    try {
      const detail = JSON.parse(startDetail) as StartDetail;
      logCharacters = detail.logCharacters;
      current.facts = detail.facts;
      startClock();
      modules.setHeaders(definition!.modules);
      const { $entry: entry } = await modules.run(definition!.$main);
      if (typeof entry !== "function") throw new TypeError(`The UDF is no function but ${typeof entry}.`);
      const encoded: EncodedValue = {
        text,
        body: new Uint8Array(body),
        buffers: buffers.map((buffer) => new Uint8Array(buffer)),
        hasTables: detail.hasTables,
      };
      const given = await travel.decode(encoded);
      const started = Date.now();
      const value: unknown = await entry(...buildArguments(detail.parameters, given as Record<string, unknown>));
      succeed(value, started, detail.resultBytes);
    } catch (error) {
      fail(error);
    }
  };

  return function control(operation: string, ...values: never[]): unknown {
    switch (operation) {
      case "connect":
        tell = values[0]!;
        ask = values[1]!;
        compileAtOnce();
        return undefined;
      case "define":
        definition = values[0];
        return undefined;
      case "package":
        modules.addPackage(values[0]!, values[1]!);
        return undefined;
      case "start":
        void start(...(values as unknown as Parameters<typeof start>));
        return undefined;
      case "fire":
        timers.fire(fail);
        return undefined;
      case "reply":
        requests.settle(...(values as unknown as Parameters<Requests["settle"]>));
        return undefined;
      case "take":
        return moveOut((values[1]! as { ExternalCopy: ExternalCopyClass }).ExternalCopy, results[values[0]!]!);
      default:
        return undefined;
    }
  };
}

/** Hands a result over without a copy. Memory that cannot change hands, as WebAssembly's, is copied. */
function moveOut(ExternalCopy: ExternalCopyClass, { buffer }: Uint8Array): unknown {
  try {
    return new ExternalCopy(buffer, { __proto__: null, transferOut: true });
  } catch {
    return new ExternalCopy(buffer.slice(0), { __proto__: null, transferOut: true });
  }
}
