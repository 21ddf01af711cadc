import type { MagicHead } from "../../magics/user-magic.ts";
import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import type { WidgetDefinition } from "../../widgets/widget-kernel.ts";
import type { CommMessage, Publication, WidgetMessage } from "./messages.ts";

/** What the main thread tells the agent through the ring, beside text. */
export type FromMain =
  | { type: "display"; execution: number; bundle: MimeBundle; displayId?: string; update: boolean }
  | { type: "clear"; execution: number; wait: boolean }
  | { type: "result"; execution: number; bundle: MimeBundle }
  | { type: "publish"; execution: number; message: Publication }
  | { type: "payload"; execution: number; payload: { [key: string]: unknown } }
  | { type: "widget.define"; execution: number; definition: WidgetDefinition }
  | ({ type: "widget"; execution: number } & WidgetMessage)
  | { type: "delivered"; execution: number }
  | { type: "finished"; execution: number; error?: ShownError }
  | { type: "evaluate"; execution: number; id: number; source: string; firstLine: number }
  | { type: "inspect"; execution: number; id: number; name: string; detail: number }
  | { type: "stdin"; execution: number; prompt: string; password: boolean }
  | { type: "engine"; execution: number; id: number }
  | { type: "magic"; execution: number; head: MagicHead }
  | { type: "history"; execution: number; id: number }
  | { type: "secrets"; execution: number; values: string[] }
  | { type: "forgotten"; execution: number; name: string }
  | { type: "setting"; execution: number; name: string; value: string }
  | { type: "answer"; execution: number; id: number; value?: unknown; error?: ShownError }
  | { type: "stray"; execution: number; what: string; error: ShownError };

/** What the agent tells the main thread. */
export type ToMain =
  | { type: "evaluated"; id: number; failed: boolean }
  | { type: "engine"; id: number; socketPath?: string; error?: string }
  | { type: "inspected"; id: number; text: string }
  | { type: "history"; id: number; entries: { count: number; source: string }[] }
  | { type: "comm"; execution: number; message: CommMessage }
  | ({ type: "widget" } & WidgetMessage)
  | { type: "stdin"; value: string | null };

export interface ShownError {
  ename: string;
  evalue: string;
  /** `stack` as V8 gives it, causes below; cell positions not yet mapped to the author's. */
  stack: string;
}

/** Kinds of ring records: the text of the two streams, and a V8-serialised `FromMain`. */
export const recordKind = { stdout: 1, stderr: 2, message: 3 } as const;

/** Shared with the agent when it starts. */
export interface AgentData {
  ring: SharedArrayBuffer;
  /** Synchronous answers to `prompt()`: state (0 waiting, 1 text, 2 refused), length, then UTF-8. */
  stdin: SharedArrayBuffer;
  gate: SharedArrayBuffer;
}
