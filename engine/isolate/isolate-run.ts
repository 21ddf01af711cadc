import type { ParameterSchema } from "../udf-frame.ts";
import type { EncodedValue } from "../values/encoded-value.ts";
import { buildArguments } from "./arguments.ts";
import { describeFailure } from "./failure.ts";
import { makeRunGlobals, type IsolateParts, type RunGlobals } from "./globals.ts";
import type { HostLink } from "./host-link.ts";
import { Modules, type Factory } from "./modules.ts";
import { Requests } from "./requests.ts";
import { currentRun, type CurrentRun } from "./run-facts.ts";
import { makeTravel } from "./travel.ts";

/** What a run is started with, as JSON. UDFs see nothing of it. */
export interface StartDetail {
  parameters: ParameterSchema;
  resultBytes: number;
  logCharacters: number;
}

/** What a run ended with, as JSON beside the parts of its value. */
export interface FinishDetail {
  hasTables: boolean;
  /** How many buffers the host is to take with `control("take", i)`. */
  buffers: number;
  bytes: number;
  /** Milliseconds. */
  encode: number;
  /** The run reached for what is not there in a kept context (harden.ts). */
  strayed: boolean;
}

/** A UDF as its script gives it (compile.ts). */
export interface Definition {
  $main: Factory;
  modules: Record<string, Factory>;
}

/** What one run has of its own in its context, from its start to its end. */
export class IsolateRun {
  readonly parts: IsolateParts;
  readonly globals: RunGlobals;
  /** Big buffers of the result, until the host has taken them. */
  results: Uint8Array[] = [];
  /** Set from outside, when code does what a kept context does not let it do. */
  hasStrayed = false;
  #host: HostLink;
  #isOver = false;
  #logCharacters = 0;
  #facts: string | undefined;
  #current: CurrentRun = currentRun(() => this.#facts);

  constructor(host: HostLink) {
    this.#host = host;
    const requests = new Requests(host);
    const modules = new Modules(requests);
    this.parts = { requests, modules, travel: makeTravel(modules), current: this.#current };
    this.globals = makeRunGlobals(host, this.parts, () => this.#logCharacters);
  }

  /**
   * Calls the UDF and tells the host how that ended.
   * @param facts JSON of `RunFacts`; undefined where the run may use nothing of the host's machine
   */
  async start(
    define: () => Definition,
    detail: StartDetail,
    facts: string | undefined,
    hasTables: boolean,
    text: string,
    body: ArrayBuffer,
    ...buffers: ArrayBuffer[]
  ): Promise<void> {
    const { modules, travel } = this.parts;
    try {
      this.#logCharacters = detail.logCharacters;
      this.#facts = facts;
      this.globals.startClock();
      const definition = define();
      modules.setHeaders(definition.modules);
      const { $entry: entry } = await modules.run(definition.$main);
      if (typeof entry !== "function") throw new TypeError(`The UDF is no function but ${typeof entry}.`);
      const encoded: EncodedValue = {
        text,
        body: new Uint8Array(body),
        buffers: buffers.map((buffer) => new Uint8Array(buffer)),
        hasTables,
      };
      const given = await travel.decode(encoded);
      const value: unknown = await entry(...buildArguments(detail.parameters, given as Record<string, unknown>));
      this.#succeed(value, detail.resultBytes);
    } catch (error) {
      this.fail(error);
    }
  }

  readonly fail = (thrown: unknown): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    const failure = { ...describeFailure(thrown), strayed: this.hasStrayed };
    this.#host.finish("error", JSON.stringify(failure), "", undefined);
  };

  #succeed(value: unknown, maxBytes: number): void {
    const returned = Date.now();
    const encoded = this.parts.travel.encode(value, maxBytes);
    if (this.#isOver) return;
    this.#isOver = true;
    this.results = encoded.buffers;
    const detail: FinishDetail = {
      hasTables: encoded.hasTables,
      buffers: this.results.length,
      bytes: this.results.reduce((sum, { length }) => sum + length, encoded.body.length + encoded.text.length),
      encode: Date.now() - returned,
      strayed: this.hasStrayed,
    };
    this.#host.finish("ok", JSON.stringify(detail), encoded.text, encoded.body.buffer as ArrayBuffer);
  }
}
