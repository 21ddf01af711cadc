import { createHash } from "node:crypto";
import { openEntry, type EntryTurn } from "../cache/entry-turn.ts";
import { planFunction } from "../cache/function-plan.ts";
import { download } from "../files/download.ts";
import { filePath } from "../files/file-path.ts";
import { resolveFileUrl } from "../files/file-url.ts";
import { pathBelow } from "../files/relative-path.ts";
import { storageFolder, type HostAccess } from "../host-access.ts";
import type { LogLine, NetworkPermission } from "../run-types.ts";
import { fileFolders, readRunFile, writeRunFile } from "./run-files.ts";
import { guardedOpen } from "./guarded-open.ts";

/** What a call of a host function gives back. */
export interface CallAnswer {
  detail: string;
  body?: Uint8Array;
}

export interface FunctionsOfRun {
  access: HostAccess;
  network: NetworkPermission;
  onLog(line: LogLine): void;
}

type Detail = Record<string, unknown>;

/**
 * The host functions of one run. What they are asked comes from the isolate and may be hostile: files are those below the
 * storage's folders, addresses those that the run's network permission allows.
 */
export class RunFunctions {
  #access: HostAccess;
  #network: NetworkPermission;
  #onLog: FunctionsOfRun["onLog"];
  #turns = new Map<number, { turn: EntryTurn; name: string }>();
  #turnCount = 0;
  #read: Set<string>;

  constructor({ access, network, onLog }: FunctionsOfRun) {
    this.#access = access;
    this.#network = network;
    this.#onLog = onLog;
    this.#read = new Set(access.masked);
  }

  /** A secret's value; from then on it is masked in what the run prints. */
  secret(name: string): string | undefined {
    const { secrets } = this.#access;
    if (!Object.hasOwn(secrets, name)) return undefined;
    const value = secrets[name]!;
    // Shorter ones would mask every other word.
    if (value.length >= 4) this.#read.add(value);
    return value;
  }

  /** A text without the secrets that this run has read, in plain or as JSON writes them. */
  mask(text: string): string {
    let masked = text;
    for (const value of this.#read) {
      masked = masked.replaceAll(value, "••••").replaceAll(JSON.stringify(value).slice(1, -1), "••••");
    }
    return masked;
  }

  /** Answers a call. @throws what the isolate is told */
  async answer(text: string, body: ArrayBuffer | undefined, signal: AbortSignal): Promise<CallAnswer> {
    const detail = JSON.parse(text) as Detail;
    switch (detail["call"]) {
      case "cachePlan":
        return { detail: JSON.stringify(await planFunction(String(detail["source"]))) };
      case "cacheOpen":
        return this.#openCache(detail, body, signal);
      case "cacheKeep":
        return this.#keep(detail, body);
      case "cacheRelease":
        this.#takeTurn(detail)?.turn.release();
        return { detail: "" };
      case "download":
        return { detail: await this.#download(detail, signal) };
      case "filePath":
        return { detail: filePath(this.#folder(detail, "temp"), detail["path"], detail["mkdir"] === true) };
      case "readFile":
        return { detail: "", body: await readRunFile(this.#access, String(detail["path"])) };
      case "writeFile":
        await writeRunFile(this.#access, String(detail["path"]), new Uint8Array(body ?? new ArrayBuffer(0)));
        return { detail: "" };
      case "readRaster":
        return (await import("./run-raster.ts")).readRunRaster(detail, this.#access, this.#network);
      case "sql":
        return { detail: "", body: await this.#sql(String(detail["query"]), body, signal) };
      default:
        throw new TypeError(`The host knows no function ${String(detail["call"])}.`);
    }
  }

  /** Ends the turns that the run has not ended itself. */
  close(): void {
    for (const { turn } of this.#turns.values()) turn.release();
    this.#turns.clear();
  }

  #folder(detail: Detail, kind: "cache" | "data" | "temp"): string {
    return storageFolder(this.#access.folders, detail["storage"] ?? this.#access.cache.storage, kind);
  }

  #warn = (text: string): void => this.#onLog({ stream: "stderr", text });

  async #openCache(detail: Detail, key: ArrayBuffer | undefined, signal: AbortSignal): Promise<CallAnswer> {
    // What a UDF keeps is apart from what cells keep: a UDF may say any key.
    const digest = createHash("sha256")
      .update("udf ")
      .update(new Uint8Array(key ?? new ArrayBuffer(0)))
      .digest("hex");
    const name = String(detail["name"]).slice(0, 100);
    const answer = await openEntry({
      folder: pathBelow(this.#folder(detail, "cache"), detail["folder"]),
      digest,
      maxAge: Number(detail["maxAge"]),
      reset: detail["reset"] === true,
      lockTimeout: Number(detail["lockTimeout"]) || 0,
      name,
      signal,
      warn: this.#warn,
    });
    if ("hit" in answer) {
      const { facts, bytes } = answer.hit;
      return { detail: JSON.stringify({ age: (Date.now() - facts.created) / 1000 }), body: bytes };
    }
    if (signal.aborted) answer.turn.release();
    const turn = ++this.#turnCount;
    this.#turns.set(turn, { turn: answer.turn, name });
    return { detail: JSON.stringify({ turn }) };
  }

  async #keep(detail: Detail, body: ArrayBuffer | undefined): Promise<CallAnswer> {
    const taken = this.#takeTurn(detail);
    const bytes = new Uint8Array(body ?? new ArrayBuffer(0));
    await taken?.turn.keep({ kind: "function", name: taken.name, duration: Number(detail["seconds"]) || 0 }, bytes);
    return { detail: "" };
  }

  #takeTurn(detail: Detail): { turn: EntryTurn; name: string } | undefined {
    const number = Number(detail["turn"]);
    const taken = this.#turns.get(number);
    this.#turns.delete(number);
    return taken;
  }

  #download(detail: Detail, signal: AbortSignal): Promise<string> {
    return download({
      url: resolveFileUrl(detail["url"], this.#access.fdPrefix),
      folder: this.#folder(detail, "data"),
      path: detail["path"],
      open: guardedOpen(this.#network),
      warn: this.#warn,
      overwrite: detail["overwrite"] === true,
      signal,
    });
  }

  async #sql(query: string, body: ArrayBuffer | undefined, signal: AbortSignal): Promise<Uint8Array> {
    const [{ runSql }, { packValue, unpackValue }, { packEncoded, unpackEncoded }] = await Promise.all([
      import("../sql/run-sql.ts"),
      import("../values.ts"),
      import("../values/packed-value.ts"),
    ]);
    const tables = body ? ((await unpackValue(unpackEncoded(new Uint8Array(body)))) as Record<string, unknown>) : {};
    const table = await runSql({
      query,
      tables,
      open: guardedOpen(this.#network),
      fdPrefix: this.#access.fdPrefix,
      temporary: this.#folder({}, "temp"),
      allowedFolders: fileFolders(this.#access),
      signal,
    });
    return packEncoded(await packValue(table));
  }
}
