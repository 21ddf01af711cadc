import type { FetchRequest } from "../../engine/host-fetch.ts";
import { moveIn } from "../../engine/move-in.ts";
import { findImport, ImportError, predefinedPackages, readDataset } from "../../engine/packages.ts";
import type { HostGrants } from "./host-grants.ts";
import { bytes, count, json, list, record, text } from "./read-plain.ts";

/** What a call of the notebook's is answered with. */
export interface CallAnswer {
  value?: unknown;
  bytes?: Uint8Array<ArrayBuffer>;
}

export interface RequestLinks {
  grants: HostGrants;
  addPackage(name: string): Promise<void>;
  /** Answers a call by name (cell-calls.ts). */
  call(
    name: string,
    detail: Record<string, unknown>,
    body: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<CallAnswer>;
  reply(id: number, problem: string | undefined, detail: string, body?: unknown): void;
  ask(execution: number, prompt: string): Promise<string | null>;
  /** The cell that began last: requests of `fetch` do not say whose they are. */
  latestExecution(): number;
}

/** Requests of one notebook that are under way, at most; an honest isolate keeps to fewer. */
const mostRequests = 256;
const longestDetail = 16 << 20;
const mostBytes = 512 << 20;

/** Answers what the code in a notebook's isolate asks for. Each argument may be hostile. */
export function createCellRequests(links: RequestLinks) {
  const open = new Map<number, AbortController>();

  async function answer(
    id: number,
    kind: unknown,
    detail: unknown,
    body: Uint8Array<ArrayBuffer> | undefined,
    signal: AbortSignal,
  ) {
    const { reply } = links;
    if (kind === "fetch") {
      const ask = (prompt: string) => links.ask(links.latestExecution(), prompt);
      const { body: received, ...head } = await links.grants.fetch(readRequest(detail), body?.buffer, ask, signal);
      return reply(id, undefined, JSON.stringify(head), moveIn(new Uint8Array(received)));
    }
    if (kind === "import") return answerImport(id, text(detail, 1000));
    if (kind === "dataset") return reply(id, undefined, "", moveIn((await readDataset(text(detail, 200))).slice()));
    if (kind !== "call") throw new TypeError("The host of a sandboxed notebook knows no such request.");
    const { call, ...rest } = json(detail, longestDetail);
    try {
      const { value, bytes: given } = await links.call(text(call, 100), rest, body, signal);
      return reply(id, undefined, JSON.stringify({ value }), given && moveIn(given));
    } catch (error) {
      return reply(id, undefined, JSON.stringify({ failed: describeFailure(error) }));
    }
  }

  async function answerImport(id: number, name: string): Promise<void> {
    const found = await findImport(name).catch((error: unknown) => {
      if (!(error instanceof ImportError) || /^(?:vega-datasets|world-atlas)/.test(name)) throw error;
      throw new ImportError(
        `A sandboxed notebook has no module "${name}". It has: ${predefinedPackages.join(", ")}, and the data files of ` +
          "vega-datasets and world-atlas.",
      );
    });
    if (found.kind === "code") {
      await links.addPackage(name);
      links.reply(id, undefined, "code");
    } else if (found.kind === "data") links.reply(id, undefined, "data", moveIn(found.bytes.slice()));
    else links.reply(id, undefined, found.kind + found.text);
  }

  return {
    request(id: unknown, kind: unknown, detail: unknown, body: unknown): void {
      const number = count(id);
      const abort = new AbortController();
      const fail = (error: unknown) => {
        const { name, message } = describeFailure(error);
        links.reply(number, JSON.stringify({ name, message }), "");
      };
      if (open.size >= mostRequests)
        return fail(new RangeError(`A notebook has ${mostRequests} requests at a time at most.`));
      open.set(number, abort);
      void (async () => answer(number, kind, detail, bytes(body, mostBytes), abort.signal))()
        .catch(fail)
        .finally(() => open.delete(number));
    },
    drop: (id: unknown): void => open.get(count(id))?.abort(),
    /** Ends what an interrupted cell waits for. */
    abortAll(): void {
      for (const abort of open.values()) abort.abort();
    },
  };
}

function readRequest(detail: unknown): FetchRequest {
  const { url, method, headers, redirect } = json(detail, 1 << 20);
  const pairs = list(headers, 1000).map((each) => list(each, 2).map((part) => text(part, 1 << 16)) as [string, string]);
  return {
    url: text(url, 1 << 20),
    method: text(method, 20) || "GET",
    headers: pairs.filter((pair) => pair.length === 2),
    redirect: redirect === "error" || redirect === "manual" ? redirect : "follow",
  };
}

/** What the SDK's errors tell beside their message. */
const told = new Set(["udfName", "line", "column", "requestId", "stdout", "stderr", "status", "valueType"]);

/** What a notebook is told of an error of the host's: nothing of the host's own code and files. */
export function describeFailure(error: unknown): {
  name: string;
  message: string;
  traceback?: string;
  own?: Record<string, unknown>;
} {
  const { name, message } = Object(error) as Partial<Error>;
  const traceback: unknown = Reflect.get(Object(error) as object, Symbol.for("fused.traceback"));
  const own = Object.entries(record(error)).filter(
    ([key, value]) => told.has(key) && ["string", "number"].includes(typeof value),
  );
  return {
    name: text(name, 200) || "Error",
    message: text(message, 100_000) || String(error).slice(0, 1000),
    ...(typeof traceback === "string" && { traceback: traceback.slice(0, 100_000) }),
    ...(own.length > 0 && { own: Object.fromEntries(own) }),
  };
}
