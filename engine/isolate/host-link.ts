/**
 * What an isolate's code can ask of its host: functions that copy plain data out and give nothing back. Answers come later,
 * through `control`. The host takes every argument for hostile.
 */
export interface HostLink {
  /** The run is over. `detail` is JSON (see isolate-run.ts); the value's parts go along, big buffers are taken one by one. */
  finish(status: "ok" | "error", detail: string, text: string, body: ArrayBuffer | undefined): void;
  log(stream: "stdout" | "stderr", text: string): void;
  /** Asks for `control("fire")` in so many milliseconds; a new one replaces the one before. */
  arm(milliseconds: number): void;
  /** Asks for something; `control("reply", id, …)` answers. `detail` is JSON or a plain name. */
  request(id: number, kind: RequestKind, detail: string, body: ArrayBuffer | undefined): void;
  /** Nobody waits for this request any longer. */
  drop(id: number): void;
  /** Random bytes. The one call that waits for the host. */
  random(count: number): ArrayBuffer;
  /** The parts of a URL, or undefined where it is none. Waits for the host. See url.ts. */
  url(detail: string): string | undefined;
  /** The value of a secret. Waits for the host. */
  secret(name: string): string | undefined;
}

export type RequestKind = "fetch" | "import" | "dataset" | "call" | "run";
